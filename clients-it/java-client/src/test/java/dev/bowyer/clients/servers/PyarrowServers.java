package dev.bowyer.clients.servers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ClientOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The servers of {@code pyarrow_server.py}, and what their tables hold. */
final class PyarrowServers implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Processes process;
    private final Path folder;
    private final JsonNode uris;
    private final JsonNode truth;

    /** @param folder for certificates and a socket */
    PyarrowServers(Path folder) {
        this.folder = folder;
        process = Processes.start(
                Processes.program("python"),
                "-B",
                Processes.SERVERS.resolve("pyarrow_server.py").toString(),
                folder.toString());
        try {
            uris = JSON.readTree(process.await(Pattern.compile("^\\{.*")).group());
            truth = JSON.readTree(folder.resolve("truth.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String uri(String kind) {
        return uris.get(kind).textValue();
    }

    BowyerClient connect(String kind, Consumer<ClientOptions> options) {
        return BowyerClient.connect(uri(kind), options);
    }

    JsonNode truth() {
        return truth;
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        process.close();
    }
}
