package dev.bowyer.containers;

import com.github.dockerjava.api.model.Bind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/// A folder of the host at `/tmp`, as an `emptyDir` of Kubernetes is one.
final class Scratch {
    private Scratch() {}

    static Bind[] of(Bind[] others) {
        try {
            Path folder = Files.createDirectories(Path.of("target", "scratch").toAbsolutePath());
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            return Stream.concat(Stream.of(others), Stream.of(Bind.parse(folder + ":/tmp:rw")))
                    .toArray(Bind[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
