package dev.bowyer.dataset.delta.log;

import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.engine.FileReadRequest;
import io.delta.kernel.engine.FileSystemClient;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Iterator;

/// The files of a log. Nothing is written.
record LogFiles(LogAccess log) implements FileSystemClient {
    private static final String PREFIX = LogAccess.KERNEL_ROOT + "/" + LogAccess.LOG_FOLDER;

    @Override
    public CloseableIterator<FileStatus> listFrom(String path) throws IOException {
        if (!path.startsWith(PREFIX) || path.indexOf('/', PREFIX.length()) >= 0) {
            throw new IOException("only _delta_log is listed, not " + LogAccess.shown(path));
        }
        Iterator<ObjectInfo> listed = log.list(path.substring(PREFIX.length())).iterator();
        return new Closeable<>() {
            @Override
            public boolean hasNext() {
                return listed.hasNext();
            }

            @Override
            public FileStatus next() {
                ObjectInfo file = listed.next();
                return FileStatus.of(PREFIX + LogAccess.name(file), file.size(), file.modifiedMillis());
            }
        };
    }

    @Override
    public String resolvePath(String path) {
        return path;
    }

    @Override
    public CloseableIterator<ByteArrayInputStream> readFiles(CloseableIterator<FileReadRequest> requests) {
        return requests.map(request -> new ByteArrayInputStream(
                log.read(request.getPath(), request.getStartOffset(), request.getReadLength())));
    }

    @Override
    public FileStatus getFileStatus(String path) throws IOException {
        try {
            ObjectInfo file = log.head(path);
            return FileStatus.of(path, file.size(), file.modifiedMillis());
        } catch (ServiceException e) {
            throw notFound(e);
        }
    }

    /// The kernel goes on without some files, if it is told so in its own way.
    ///
    /// @return what to throw if that is what `e` says; otherwise throws `e`
    static FileNotFoundException notFound(ServiceException e) {
        if (e.code() != ErrorCode.SOURCE_NOT_FOUND) {
            throw e;
        }
        FileNotFoundException absent = new FileNotFoundException(e.getMessage());
        absent.initCause(e);
        return absent;
    }

    @Override
    public boolean mkdirs(String path) throws IOException {
        throw readOnly();
    }

    @Override
    public boolean delete(String path) throws IOException {
        throw readOnly();
    }

    @Override
    public void copyFileAtomically(String from, String to, boolean overwrite) throws IOException {
        throw readOnly();
    }

    static IOException readOnly() {
        return new IOException("tables are not written");
    }

    /// An iterator that holds nothing.
    abstract static class Closeable<T> implements CloseableIterator<T> {
        @Override
        public void close() {}
    }
}
