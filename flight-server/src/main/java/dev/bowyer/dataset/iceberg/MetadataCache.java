package dev.bowyer.dataset.iceberg;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.iceberg.io.ByteBufferInputStream;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;

/// Contents of manifests and manifest lists, by URL. They are never changed once written, so that a newer
/// version of a table costs the reads of its new ones alone.
final class MetadataCache {
    /// Bytes kept, unless told otherwise.
    static final long DEFAULT_BYTES = 128L << 20;

    /// A file may take this part of the cache.
    private static final int MAX_SHARE = 4;

    private final Cache<String, Content> contents;
    private final long maxFileBytes;

    MetadataCache(long bytes) {
        contents = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((String url, Content content) -> (int) content.length())
                .build();
        maxFileBytes = bytes / MAX_SHARE;
    }

    /// What it has of these may be damaged, and mended since.
    void forget(List<String> urls) {
        contents.invalidateAll(urls);
    }

    InputFile of(ObjectInputFile file) {
        return new Cached(file);
    }

    private record Content(List<ByteBuffer> blocks, long length) {}

    private final class Cached implements InputFile {
        private final ObjectInputFile file;

        Cached(ObjectInputFile file) {
            this.file = file;
        }

        private Content content() {
            Content known = contents.getIfPresent(file.location());
            if (known != null) {
                return known;
            }
            Content read = new Content(file.content(), file.getLength());
            if (read.length() <= maxFileBytes) {
                contents.put(file.location(), read);
            }
            return read;
        }

        @Override
        public long getLength() {
            return content().length();
        }

        @Override
        public SeekableInputStream newStream() {
            return ByteBufferInputStream.wrap(
                    content().blocks().stream().map(ByteBuffer::duplicate).toList());
        }

        @Override
        public String location() {
            return file.location();
        }

        @Override
        public boolean exists() {
            return contents.getIfPresent(file.location()) != null || file.exists();
        }
    }
}
