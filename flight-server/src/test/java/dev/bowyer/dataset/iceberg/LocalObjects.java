package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Files of this machine as objects; `s3://` buckets are folders below one of its own. Tells what was asked
/// of it.
final class LocalObjects implements ObjectStores {
    final ConcurrentLinkedQueue<String> reads = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> lists = new ConcurrentLinkedQueue<>();
    final ConcurrentHashMap<String, Map<String, String>> stores = new ConcurrentHashMap<>();
    /// What is done after the next read has been answered with half of what there is.
    volatile @Nullable Runnable torn;

    private final Path buckets;

    /// @param buckets where the objects of `s3://` lie, a folder for each bucket
    LocalObjects(Path buckets) {
        this.buckets = buckets;
    }

    private Path path(String url) {
        if (url.startsWith("file:///")) {
            // Decoded once, as the engine does.
            String plain = url.substring("file://".length()).replace("+", "%2B");
            return Path.of(URLDecoder.decode(plain, StandardCharsets.UTF_8));
        }
        if (url.startsWith("s3://")) {
            return buckets.resolve(url.substring("s3://".length()));
        }
        throw new ServiceException(ErrorCode.INVALID_ARGUMENT, url + ": below no registered prefix");
    }

    @Override
    public ObjectInfo head(String url) {
        return info(path(url), url);
    }

    private static ObjectInfo info(Path file, String url) {
        try {
            return new ObjectInfo(
                    url, Files.size(file), Files.getLastModifiedTime(file).toMillis(), null);
        } catch (NoSuchFileException e) {
            throw new ServiceException(ErrorCode.SOURCE_NOT_FOUND, url + ": not there", null, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] read(String url, long offset, long length) {
        reads.add(url);
        head(url);
        try (RandomAccessFile file = new RandomAccessFile(path(url).toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(length, Math.max(0, file.length() - offset))];
            file.seek(offset);
            file.readFully(bytes);
            Runnable then = torn;
            if (then != null) {
                torn = null;
                then.run();
                return Arrays.copyOf(bytes, bytes.length / 2);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<ObjectInfo> list(String folder, @Nullable String from) {
        lists.add(folder);
        Path path = path(folder);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .sorted()
                    .map(file ->
                            info(file, folder + file.getFileName().toString().replace("%", "%25")))
                    .filter(file -> from == null || Locations.name(file.url()).compareTo(from) >= 0)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void put(String prefix, Map<String, String> options) {
        stores.put(prefix, options);
    }

    @Override
    public void drop(String prefix) {
        stores.remove(prefix);
    }
}
