package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.delta.log.DataPaths;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Local files, in Java; counts what is asked for.
final class LocalStores implements ObjectStores {
    private static final String LOCAL = "file://";

    /// What was read, as `list <folder>`, `head <file>` or `read <file>` with the last names of the URLs.
    final List<String> calls = new ArrayList<>();

    /// Of every file.
    @Nullable
    String tag;

    static String url(Path folder) {
        return LOCAL + folder.toString().replace("%", "%25") + "/";
    }

    private static Path path(String url) {
        return Path.of(DataPaths.decode(url.substring(LOCAL.length())));
    }

    @Override
    public ObjectInfo head(String url) {
        calls.add("head " + path(url).getFileName());
        return info(url);
    }

    private ObjectInfo info(String url) {
        Path file = path(url);
        if (!Files.isRegularFile(file)) {
            throw new ServiceException(ErrorCode.SOURCE_NOT_FOUND, "no such object: " + url);
        }
        try {
            return new ObjectInfo(
                    url, Files.size(file), Files.getLastModifiedTime(file).toMillis(), tag);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] read(String url, long offset, long length) {
        calls.add("read " + path(url).getFileName());
        ObjectInfo info = info(url);
        try (RandomAccessFile file = new RandomAccessFile(path(url).toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.max(0, Math.min(length, info.size() - offset))];
            file.seek(offset);
            file.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<ObjectInfo> list(String folder, @Nullable String from) {
        calls.add("list " + path(folder).getFileName());
        if (!Files.isDirectory(path(folder))) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path(folder))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> from == null || name.compareTo(from) >= 0)
                    .sorted()
                    .map(name -> info(folder + name.replace("%", "%25")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void put(String prefix, Map<String, String> options) {
        throw new UnsupportedOperationException(prefix);
    }

    @Override
    public void drop(String prefix) {
        throw new UnsupportedOperationException(prefix);
    }
}
