package dev.bowyer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A page below `docs/reference` that is generated: the same as what the code says. `mvn test -Dbowyer.update=true`
/// writes it.
public final class ReferencePage {
    private ReferencePage() {}

    public static void check(String name, String generated) throws IOException {
        Path page = Path.of(System.getProperty("bowyer.root", ".."))
                .resolve("docs/reference")
                .resolve(name);
        if (Boolean.getBoolean("bowyer.update")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, generated);
        }
        assertThat(page)
                .as("run `mvn -pl flight-server -am test -Dbowyer.update=true` and look at the difference")
                .hasContent(generated);
    }
}
