package dev.bowyer.containers;

import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/// One container of the image, as a careful operator runs it: the root read-only, no privileges, `/tmp` a volume.
final class ServerContainer extends GenericContainer<ServerContainer> {
    static final String IMAGE = System.getProperty("bowyer.image", "bowyer:local");
    static final int FLIGHT_PORT = 8815;
    static final Duration MAX_STOP = Duration.ofSeconds(60);

    private static final Duration MAX_START = Duration.ofMinutes(1);

    private final List<Bind> binds = new ArrayList<>();
    private Consumer<HostConfig> hostChange = host -> {};

    ServerContainer() {
        super(DockerImageName.parse(IMAGE));
        withExposedPorts(FLIGHT_PORT);
        withImagePullPolicy(image -> false);
        waitingFor(Wait.forLogMessage("Bowyer is ready: .*\\n", 1).withStartupTimeout(MAX_START));
        withCreateContainerCmdModifier(command -> {
            HostConfig host = Objects.requireNonNull(command.getHostConfig())
                    .withReadonlyRootfs(true)
                    .withTmpFs(Map.of("/tmp", "rw,size=64m"))
                    .withCapDrop(Capability.ALL)
                    .withSecurityOpts(List.of("no-new-privileges"))
                    .withBinds(binds);
            hostChange.accept(host);
        });
    }

    /// With the sample data at `/data`, each table a dataset.
    static ServerContainer ofSampleData() {
        Path data = SampleData.folder();
        List<String> arguments = new ArrayList<>(List.of("serve", "--insecure", "--listen", "0.0.0.0:" + FLIGHT_PORT));
        SampleData.TABLES.forEach(table -> arguments.add(table + "=/data/" + table + ".parquet"));
        return new ServerContainer().bind(data, "/data").arguments(arguments).withEnv("BOWYER_TICKETS_RAW_SQL", "true");
    }

    ServerContainer arguments(List<String> arguments) {
        withCommand(arguments.toArray(String[]::new));
        return this;
    }

    /// Read-only.
    ServerContainer bind(Path from, String to) {
        binds.add(new Bind(from.toString(), new Volume(to), AccessMode.ro));
        return this;
    }

    ServerContainer host(Consumer<HostConfig> change) {
        hostChange = change;
        return this;
    }

    int flightPort() {
        return getMappedPort(FLIGHT_PORT);
    }

    void signal(String name) {
        getDockerClient().killContainerCmd(getContainerId()).withSignal(name).exec();
    }

    /// Waits until the process has ended by itself.
    int exitCode() {
        return getDockerClient()
                .waitContainerCmd(getContainerId())
                .exec(new WaitContainerResultCallback())
                .awaitStatusCode(MAX_STOP.toSeconds(), TimeUnit.SECONDS);
    }

    boolean isUp() {
        return Boolean.TRUE.equals(getCurrentContainerInfo().getState().getRunning());
    }
}
