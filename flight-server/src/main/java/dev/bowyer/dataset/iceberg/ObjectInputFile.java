package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.io.ByteBufferInputStream;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/// A metadata file, manifest list or manifest. Read as a whole: Iceberg reads each from its first to its last
/// byte.
final class ObjectInputFile implements InputFile {
    /// Bytes of one request.
    static final int READ_BYTES = 8 << 20;
    /// Largest file that is read; Iceberg aims at 8 MiB for a manifest.
    static final long MAX_BYTES = ObjectStores.MAX_READ_BYTES;

    private final ObjectStores stores;
    private final String url;
    private final String shown;
    private final long expected;
    private final @Nullable Deadline deadline;
    private @Nullable List<ByteBuffer> content;

    /// Of a length that nobody knows.
    static final long ANY_LENGTH = -1;

    /// @param shown the name for messages
    /// @param expected length in bytes that the file must have, or [#ANY_LENGTH]
    /// @param deadline after which nothing is read; null: none
    ObjectInputFile(ObjectStores stores, String url, String shown, long expected, @Nullable Deadline deadline) {
        this.stores = stores;
        this.url = url;
        this.shown = shown;
        this.expected = expected;
        this.deadline = deadline;
    }

    @Override
    public long getLength() {
        return content().stream().mapToLong(ByteBuffer::remaining).sum();
    }

    @Override
    public SeekableInputStream newStream() {
        return ByteBufferInputStream.wrap(
                content().stream().map(ByteBuffer::duplicate).toList());
    }

    @Override
    public String location() {
        return url;
    }

    @Override
    public boolean exists() {
        try {
            stores.head(url);
            return true;
        } catch (ServiceException e) {
            if (e.code() == ErrorCode.SOURCE_NOT_FOUND) {
                return false;
            }
            throw new UnreadableObject(e);
        }
    }

    /// Blocks of [#READ_BYTES], the last one shorter.
    synchronized List<ByteBuffer> content() {
        List<ByteBuffer> known = content;
        if (known == null) {
            known = read();
            content = known;
        }
        return known;
    }

    private List<ByteBuffer> read() {
        List<ByteBuffer> blocks = new ArrayList<>();
        try {
            for (long offset = 0; ; offset += READ_BYTES) {
                if (offset >= MAX_BYTES) {
                    throw new ServiceException(
                            ErrorCode.LIMIT_REACHED, shown + ": metadata over " + MAX_BYTES + " bytes is not read");
                }
                byte[] block = block(offset);
                if (block.length > 0) {
                    blocks.add(ByteBuffer.wrap(block));
                }
                if (block.length < READ_BYTES) {
                    requireExpected(offset + block.length);
                    return blocks;
                }
            }
        } catch (ServiceException e) {
            throw new UnreadableObject(named(e));
        }
    }

    /// A file that ends exactly where a block does has no range left to ask for.
    private byte[] block(long offset) {
        if (deadline != null) {
            deadline.check();
        }
        return offset > 0 && stores.head(url).size() <= offset ? new byte[0] : stores.read(url, offset, READ_BYTES);
    }

    /// A file cut off between two of its blocks would read as a shorter one.
    private void requireExpected(long length) {
        if (expected != ANY_LENGTH && length != expected) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    shown + ": has " + length + " bytes (expected: " + expected + ", as the table says)");
        }
    }

    private ServiceException named(ServiceException e) {
        return e.code() == ErrorCode.SOURCE_NOT_FOUND
                ? new ServiceException(
                        e.code(),
                        shown + ": the file is gone",
                        "its version may have expired; ask for the newest one",
                        e)
                : e;
    }
}
