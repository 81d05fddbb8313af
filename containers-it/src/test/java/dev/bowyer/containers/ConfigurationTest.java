package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;

/// What the container says and ends with when it is started wrongly.
final class ConfigurationTest {
    @TempDir
    private Path folder;

    @Test
    void anUnknownKeyEndsWithThreeAndIsNamed() throws IOException {
        try (ServerContainer server = ended(configured("server: { flihgt: 0.0.0.0:8815 }\n"))) {
            assertThat(server.exitCode()).isEqualTo(3);
            assertThat(server.getLogs())
                    .contains(
                            "error[INVALID_CONFIG]",
                            "/etc/bowyer/bowyer.yaml:1:11",
                            "flihgt",
                            "did you mean",
                            "flight");
        }
    }

    @Test
    void anAddressThatOthersReachNeedsAWord() throws IOException {
        ServerContainer server = configured("server: { flight: 0.0.0.0:8815 }\n")
                .arguments(List.of("serve", "--config", "/etc/bowyer/bowyer.yaml"));
        try (ServerContainer ended = ended(server)) {
            assertThat(ended.exitCode()).isEqualTo(3);
            assertThat(ended.getLogs()).contains("0.0.0.0:8815", "--insecure");
        }
    }

    @Test
    void aFileThatIsNotMountedIsNamed() {
        ServerContainer server =
                new ServerContainer().arguments(List.of("serve", "--insecure", "--config", "/etc/bowyer/none.yaml"));
        try (ServerContainer ended = ended(server)) {
            assertThat(ended.exitCode()).isEqualTo(3);
            assertThat(ended.getLogs()).contains("/etc/bowyer/none.yaml");
        }
    }

    @Test
    void anUnknownCommandIsWrongUsage() {
        try (ServerContainer ended = ended(new ServerContainer().arguments(List.of("sreve")))) {
            assertThat(ended.exitCode()).isEqualTo(2);
        }
    }

    private ServerContainer configured(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("bowyer.yaml"), yaml);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        return new ServerContainer().bind(file, "/etc/bowyer/bowyer.yaml");
    }

    /// Starts it and waits until it has ended.
    private static ServerContainer ended(ServerContainer server) {
        server.withStartupCheckStrategy(new Ended().withTimeout(Duration.ofSeconds(30)));
        server.waitingFor(new AbstractWaitStrategy() {
            @Override
            protected void waitUntilReady() {
                // Its end was waited for.
            }
        });
        server.start();
        return server;
    }

    /// That a container ends with a failure is what these tests start it for.
    private static final class Ended extends StartupCheckStrategy {
        @Override
        public StartupStatus checkStartupState(DockerClient engine, String id) {
            ContainerState state = getCurrentState(engine, id);
            return "exited".equals(state.getStatus()) ? StartupStatus.SUCCESSFUL : StartupStatus.NOT_YET_KNOWN;
        }
    }
}
