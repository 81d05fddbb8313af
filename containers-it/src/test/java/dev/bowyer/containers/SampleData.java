package dev.bowyer.containers;

import com.github.dockerjava.api.model.Bind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// TPC-H at scale factor 0.1, made by the image itself and kept below `target`.
final class SampleData {
    static final List<String> TABLES = List.of("lineitem", "orders", "customer", "nation");

    /// Of `lineitem`.
    static final long LINEITEM_ROWS = 600_572;

    private static final String SCALE = "0.1";

    private SampleData() {}

    static Path folder() {
        Path parent = Path.of("target", "sample").toAbsolutePath();
        Path data = parent.resolve("sf" + SCALE);
        if (!Files.isDirectory(data)) {
            make(parent);
        }
        return data;
    }

    /// The server in the container is another user than the owner of the folder.
    private static void make(Path parent) {
        try {
            Files.createDirectories(parent);
            Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxrwxrwx"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> demo = List.of("demo", "--scale", SCALE, "--folder", "/data", "--listen", "127.0.0.1:0");
        try (ServerContainer maker =
                new ServerContainer().arguments(demo).host(host -> host.withBinds(Bind.parse(parent + ":/data:rw")))) {
            maker.start();
        }
    }
}
