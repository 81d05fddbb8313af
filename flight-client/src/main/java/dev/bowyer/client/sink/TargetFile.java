package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.stream.Stream;

/** A file that appears when it is whole: written beside its place under another name, then moved. */
final class TargetFile {
    private static final int MOST_LINKS = 40;

    private TargetFile() {}

    @FunctionalInterface
    interface Writing<R> {
        /** @param temporary where to write; does not exist yet */
        R to(Path temporary) throws IOException;
    }

    /**
     * Nothing is left behind when {@code writing} fails, and what was at {@code path} stays as it was. A file that is
     * replaced passes its permissions on, and a symbolic link stays one: what it names is replaced.
     */
    static <R> R write(Path path, Writing<R> writing) {
        try {
            Path target = withoutLinks(path);
            Path parent = target.getParent();
            if (parent == null || (Files.exists(target) && !Files.isRegularFile(target))) {
                throw BowyerException.of(
                        ErrorCodes.SINK_FAILED,
                        path + " is not a regular file",
                        "name a file, or pass an output stream");
            }
            // Only its owner can look into it: until the permissions are set, the file may have too many.
            Path folder = Files.createTempDirectory(parent, ".bowyer");
            try {
                Path temporary = folder.resolve("part");
                R result = writing.to(temporary);
                copyPermissions(target, temporary);
                force(temporary);
                move(temporary, target);
                return result;
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw Failure.of(path.toString(), e, "check the folder, its rights and its free space");
        }
    }

    /** Also for a link to what does not exist yet. */
    private static Path withoutLinks(Path path) throws IOException {
        Path target = path.toAbsolutePath();
        for (int i = 0; Files.isSymbolicLink(target); i++) {
            if (i == MOST_LINKS) {
                throw new FileSystemLoopException(path.toString());
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    private static void copyPermissions(Path from, Path to) throws IOException {
        PosixFileAttributeView permissions = Files.getFileAttributeView(to, PosixFileAttributeView.class);
        if (permissions != null && Files.exists(from)) {
            permissions.setPermissions(Files.getPosixFilePermissions(from));
        }
    }

    /** What has been moved is there after a loss of power, too. */
    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
