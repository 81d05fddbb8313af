package dev.bowyer.cli;

import dev.bowyer.client.BowyerClient;
import java.net.URI;
import picocli.CommandLine.Option;

/// Which server a client command asks.
final class ServerOption {
    @Option(
            names = "--uri",
            paramLabel = "URI",
            defaultValue = "grpc://127.0.0.1:8815",
            description = "The server. Default: ${DEFAULT-VALUE}.")
    private URI uri = URI.create("grpc://127.0.0.1:8815");

    BowyerClient connect() {
        return BowyerClient.connect(uri);
    }
}
