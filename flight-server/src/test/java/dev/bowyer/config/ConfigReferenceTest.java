package dev.bowyer.config;

import dev.bowyer.ReferencePage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ConfigReferenceTest {
    @Test
    void pageIsUpToDate() throws IOException {
        ReferencePage.check("configuration.md", ConfigReference.markdown());
    }
}
