package dev.bowyer.clients;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.TestWatcher;

/// Writes a line of JSON for each test with a [ClientFeature] into [#FILE]. The lines of an earlier run go with the
/// first test of their client.
public final class FeatureLines implements TestWatcher {
    static final Path FILE = Path.of("target/client-features.jsonl");

    @Override
    public void testSuccessful(ExtensionContext test) {
        ClientFeature feature = feature(test);
        write(test, feature, feature.works(), feature.note());
    }

    @Override
    public void testFailed(ExtensionContext test, @Nullable Throwable failure) {
        write(test, feature(test), false, "failed: " + test.getDisplayName());
    }

    private static ClientFeature feature(ExtensionContext test) {
        return test.getRequiredTestMethod().getAnnotation(ClientFeature.class);
    }

    private static void write(ExtensionContext test, ClientFeature feature, boolean works, String note) {
        Store run = test.getRoot().getStore(Namespace.create(FeatureLines.class));
        run.computeIfAbsent(feature.client(), FeatureLines::forget);
        String line = new ObjectMapper()
                .createObjectNode()
                .put("client", feature.client())
                .put("feature", feature.feature())
                .put("works", works)
                .put("note", note)
                .toString();
        try {
            Files.writeString(FILE, line + "\n", StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String forget(String client) {
        try {
            List<String> others = !Files.exists(FILE)
                    ? List.of()
                    : Files.readAllLines(FILE).stream()
                            .filter(line -> !line.contains("\"" + client + "\""))
                            .toList();
            Files.write(FILE, others);
            return client;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
