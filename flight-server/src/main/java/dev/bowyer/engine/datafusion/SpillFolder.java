package dev.bowyer.engine.datafusion;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The folder of one engine for what does not fit into memory. Nobody else can read it or guess its name, and it goes
/// with the engine; one that a killed process left is removed by the next that starts.
///
/// Beside each folder lies a file that its process holds a lock on. Numbers of processes would not do: in a container
/// each server has the same one, and does not see those of other containers on the same volume.
final class SpillFolder implements AutoCloseable {
    private static final String PREFIX = "bowyer-spill-";
    private static final String LOCK = ".lock";
    /// Part of the names. A process must not open its own locks again: to close any channel of a file gives up all
    /// locks that the process has on it (POSIX, fcntl).
    private static final String PROCESS = HexFormat.of().toHexDigits(new SecureRandom().nextLong());

    private static final int MAX_ATTEMPTS = 10;

    private final Path path;
    private final FileChannel lock;

    private SpillFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /// @throws ServiceException INVALID_CONFIG if nothing can be written there
    static SpillFolder below(Path parent) {
        try {
            Files.createDirectories(parent);
            SpillFolder made = made(parent);
            sweep(parent, Files.getOwner(made.path));
            return made;
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "the spill folder cannot be made in " + parent + ": " + e,
                    "make it writable, or name another with limits.spill-folder",
                    e);
        }
    }

    private static SpillFolder made(Path parent) throws IOException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            // For its owner only.
            Path folder = Files.createTempDirectory(parent, PREFIX + PROCESS + "-");
            SpillFolder made = new SpillFolder(folder, lockFile(folder));
            try {
                // A server that starts at this moment may have taken the lock first, and the folder for left behind.
                if (made.lock.tryLock() != null && Files.exists(lockOf(folder))) {
                    return made;
                }
            } catch (IOException e) {
                made.close();
                throw e;
            }
            made.close();
        }
        throw new IOException("other servers that start remove it");
    }

    private static FileChannel lockFile(Path folder) throws IOException {
        try {
            return FileChannel.open(lockOf(folder), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            remove(folder);
            throw e;
        }
    }

    private static Path lockOf(Path folder) {
        return folder.resolveSibling(folder.getFileName() + LOCK);
    }

    Path path() {
        return path;
    }

    /// With all that is in it. Idempotent.
    @Override
    public void close() {
        remove(path);
        try (lock) {
            Files.deleteIfExists(lockOf(path));
        } catch (IOException _) {
            // What stays is swept by a later start.
        }
    }

    private static void sweep(Path parent, UserPrincipal us) {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(parent, PREFIX + "*" + LOCK)) {
            for (Path lock : locks) {
                String name = lock.getFileName().toString();
                if (!name.startsWith(PREFIX + PROCESS) && Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)) {
                    sweep(lock, parent.resolve(name.substring(0, name.length() - LOCK.length())), us);
                }
            }
        } catch (IOException _) {
            // What stays is swept by a later start.
        }
    }

    private static void sweep(Path file, Path folder, UserPrincipal us) throws IOException {
        if (!Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(us)) {
            return;
        }
        try (FileChannel lock = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (lock.tryLock() == null) {
                return;
            }
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(us)) {
                remove(folder);
            }
            Files.deleteIfExists(file);
        }
    }

    private static void remove(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException _) {
            // What stays is swept by a later start.
        }
    }
}
