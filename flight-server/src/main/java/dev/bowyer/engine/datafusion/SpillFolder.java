package dev.bowyer.engine.datafusion;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The folder of one engine for what does not fit into memory. Nobody else can read it or guess its name, and it goes
/// with the engine; one that a killed process left is removed by the next that starts.
final class SpillFolder implements AutoCloseable {
    private static final String PREFIX = "bowyer-spill-";
    private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "([0-9]+)-.*");

    private final Path path;

    private SpillFolder(Path path) {
        this.path = path;
    }

    /// @throws ServiceException INVALID_CONFIG if nothing can be written there
    static SpillFolder below(Path parent) {
        try {
            Files.createDirectories(parent);
            // For its owner only.
            Path made = Files.createTempDirectory(
                    parent, PREFIX + ProcessHandle.current().pid() + "-");
            sweep(parent, Files.getOwner(made));
            return new SpillFolder(made);
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "the spill folder cannot be made in " + parent + ": " + e,
                    "make it writable, or name another with BOWYER_JAVA_OPTS=-Djava.io.tmpdir=FOLDER",
                    e);
        }
    }

    Path path() {
        return path;
    }

    /// With all that is in it. Idempotent.
    @Override
    public void close() {
        remove(path);
    }

    private static void sweep(Path parent, UserPrincipal us) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path folder : folders) {
                if (isLeftBehind(folder, us)) {
                    remove(folder);
                }
            }
        } catch (IOException _) {
            // What stays is swept by a later start.
        }
    }

    private static boolean isLeftBehind(Path folder, UserPrincipal us) throws IOException {
        Matcher name = NAME.matcher(folder.getFileName().toString());
        return name.matches()
                && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(us)
                && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
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
