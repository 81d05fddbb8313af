package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;

/// The image's HEALTHCHECK, run as the engine runs it.
final class HealthTest {
    @Test
    void aReadyServerIsHealthy() throws IOException, InterruptedException {
        try (ServerContainer server = ServerContainer.ofSampleData()) {
            server.start();

            ExecResult result = server.execInContainer(healthcheck());

            assertThat(result.getStdout()).startsWith("HTTP/1.1 200");
            assertThat(result.getExitCode()).isZero();
        }
    }

    @Test
    void aServerWithoutHttpIsNotAndSaysWhy() throws IOException, InterruptedException {
        try (ServerContainer server = ServerContainer.ofSampleData().withEnv("BOWYER_SERVER_HTTP", "off")) {
            server.start();

            ExecResult result = server.execInContainer(healthcheck());

            assertThat(result.getStdout()).contains("/health/ready");
            assertThat(result.getExitCode()).isEqualTo(1);
        }
    }

    private static String[] healthcheck() {
        List<String> test = Objects.requireNonNull(Objects.requireNonNull(DockerClientFactory.instance()
                                .client()
                                .inspectImageCmd(ServerContainer.IMAGE)
                                .exec()
                                .getConfig())
                        .getHealthcheck())
                .getTest();
        assertThat(test).startsWith("CMD");
        return Objects.requireNonNull(test).subList(1, test.size()).toArray(String[]::new);
    }
}
