package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;

/// What the image is, by what the engine and its files tell.
final class ImageTest {
    private static final long MAX_BYTES = 300_000_000;

    private final InspectImageResponse image = DockerClientFactory.instance()
            .client()
            .inspectImageCmd(ServerContainer.IMAGE)
            .exec();

    private ContainerConfig config() {
        return Objects.requireNonNull(image.getConfig());
    }

    @Test
    void itIsSmall() {
        assertThat(image.getSize()).isLessThanOrEqualTo(MAX_BYTES);
    }

    @Test
    void theServerIsProcessOneOfNoPrivilegedUser() {
        assertThat(config().getUser()).isEqualTo("10001:10001");
        // Words, not a shell's line: signals and exit codes go straight through.
        assertThat(config().getEntrypoint()).startsWith("/opt/java/bin/java");
        assertThat(config().getCmd()).containsExactly("serve", "--config", "/etc/bowyer/bowyer.yaml", "--insecure");
        assertThat(config().getHealthcheck()).isNotNull();
    }

    @Test
    void labelsTellWhatItIs() {
        Map<String, String> labels = Objects.requireNonNull(config().getLabels());
        assertThat(labels).containsEntry("org.opencontainers.image.licenses", "Apache-2.0");
        assertThat(Stream.of("title", "version", "revision", "source", "description"))
                .allSatisfy(name -> assertThat(labels.get("org.opencontainers.image." + name))
                        .isNotBlank());
        assertThat(labels.get("org.opencontainers.image.revision")).matches("[0-9a-f]{40}(-changed)?");
    }

    @Test
    void theBillOfMaterialsNamesJarsCratesPackagesAndTheRuntime() {
        try (ServerContainer server = ServerContainer.ofSampleData()) {
            server.start();
            JsonNode bill = server.copyFileFromContainer("/opt/bowyer/sbom.json", new ObjectMapper()::readTree);

            List<String> purls = StreamSupport.stream(bill.get("components").spliterator(), false)
                    .map(component -> component.get("purl").asText())
                    .toList();
            assertThat(Stream.of(
                            "pkg:maven/org.apache.arrow/flight-core@19",
                            "pkg:cargo/datafusion@55",
                            "pkg:deb/debian/libc6@2",
                            "pkg:generic/temurin-jdk@25"))
                    .allSatisfy(start -> assertThat(purls).anyMatch(purl -> purl.startsWith(start)));
        }
    }

    /// With this mode the JVM ends with an error if it cannot use the cache, in place of starting slowly.
    @Test
    void theCacheOfTheTrainingRunIsUsed() {
        try (ServerContainer server = ServerContainer.ofSampleData().withEnv("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on")) {
            server.start();

            assertThat(server.isUp()).isTrue();
        }
    }

    /// `/tmp` is a tmpfs here, and the engine mounts those without the right to run what is written there.
    @Test
    void nativeTransportNeedsNothingUnpacked() {
        try (ServerContainer server = ServerContainer.ofSampleData()) {
            server.start();

            assertThat(server.getLogs()).contains("(epoll, bodies without a copy)");
        }
    }
}
