package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import dev.bowyer.engine.datafusion.TpchGenerator;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The sample data on disk: one folder a scale factor, which appears whole or not at all.
final class DemoData {
    static final List<String> TABLES =
            List.of("lineitem", "orders", "customer", "part", "partsupp", "supplier", "nation", "region");

    private DemoData() {}

    /// The folder with one Parquet file a table, made now if there is none.
    static Path ensure(Terminal terminal, Path folder, BigDecimal scale) {
        Path data = folder.resolve("sf" + scale.stripTrailingZeros().toPlainString());
        if (Files.isDirectory(data)) {
            return data;
        }
        terminal.err().println("making TPC-H data, scale factor " + scale + ", in " + data + " ...");
        terminal.err().flush();
        try {
            Files.createDirectories(folder);
            Path fresh = Files.createTempDirectory(folder, ".new-");
            try {
                TpchGenerator.generate(
                        scale.doubleValue(), fresh, Runtime.getRuntime().availableProcessors());
                publish(fresh, data);
            } finally {
                deleteTree(fresh);
            }
        } catch (IOException e) {
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE, folder + " cannot be written: " + e, "choose another --folder", e);
        }
        return data;
    }

    /// Another process may have been faster; its data are the same.
    private static void publish(Path fresh, Path data) throws IOException {
        try {
            Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (!Files.isDirectory(data)) {
                throw e;
            }
        }
    }

    private static void deleteTree(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
