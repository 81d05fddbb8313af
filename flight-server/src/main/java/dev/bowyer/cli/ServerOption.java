package dev.bowyer.cli;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.BowyerException;
import java.net.URI;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which server a client command asks.
final class ServerOption {
    @Option(
            names = "--uri",
            paramLabel = "URI",
            defaultValue = "grpc://127.0.0.1:8815",
            description = "The server. Default: ${DEFAULT-VALUE}.")
    private URI uri = URI.create("grpc://127.0.0.1:8815");

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    /// @throws ParameterException when the URI has another shape than a server's
    BowyerClient connect() {
        try {
            return BowyerClient.connect(uri);
        } catch (BowyerException e) {
            if (e.code().equals("INVALID_ARGUMENT")) {
                throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
            }
            throw e;
        }
    }
}
