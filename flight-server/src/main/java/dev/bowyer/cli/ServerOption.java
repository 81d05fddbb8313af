package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ClientOptions;
import dev.bowyer.client.error.BowyerException;
import java.io.Console;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Which server a client command asks, and who asks.
final class ServerOption {
    private static final String TOKEN = "BOWYER_TOKEN";
    private static final String PASSWORD = "BOWYER_PASSWORD";

    @Option(
            names = "--uri",
            paramLabel = "URI",
            defaultValue = "grpc://127.0.0.1:8815",
            description = "The server: grpc://HOST:PORT, grpc+tls://HOST:PORT or grpc+unix:///PATH."
                    + " Default: ${DEFAULT-VALUE}.")
    private String uri = "grpc://127.0.0.1:8815";

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "Logs in. The password is that in " + PASSWORD + ", or is asked for.")
    private @Nullable String user;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "A bearer token. Default: that in " + TOKEN + ", which other users of the machine do not see.")
    private @Nullable String token;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "Trusts the certificates in this PEM file, in place of those of the JDK.")
    private @Nullable Path tlsCa;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "The client's own certificate (PEM), for servers that ask for one; with --tls-key.")
    private @Nullable Path tlsCert;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The key of --tls-cert (PEM, PKCS #8).")
    private @Nullable Path tlsKey;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    /// Nothing is sent yet, but a password may be asked for.
    ///
    /// @throws ParameterException when the URI has another shape than a server's, or options contradict each other
    BowyerClient connect(Terminal terminal) {
        if (user != null && token != null) {
            throw usage("--user and --token: one of them says who asks");
        }
        if ((tlsCert == null) != (tlsKey == null)) {
            throw usage("--tls-cert and --tls-key: one does not go without the other");
        }
        checkReadable("--tls-ca", tlsCa);
        checkReadable("--tls-cert", tlsCert);
        checkReadable("--tls-key", tlsKey);
        try {
            return BowyerClient.connect(uri, options -> set(options, terminal));
        } catch (BowyerException e) {
            if (e.code().equals("INVALID_ARGUMENT")) {
                String message = String.valueOf(e.getMessage());
                boolean namesOption = message.startsWith("uri: ") || message.startsWith("user: ");
                throw usage(namesOption ? "--" + message : message);
            }
            throw e;
        }
    }

    private void set(ClientOptions options, Terminal terminal) {
        String fromEnvironment = terminal.environment().get(TOKEN);
        if (user != null) {
            options.basic(user, password(terminal));
        } else if (token != null) {
            options.token(token);
        } else if (fromEnvironment != null && !fromEnvironment.isEmpty()) {
            options.token(fromEnvironment);
        }
        if (tlsCa != null) {
            options.trust(tlsCa);
        }
        if (tlsCert != null && tlsKey != null) {
            options.clientCertificate(tlsCert, tlsKey);
        }
    }

    private String password(Terminal terminal) {
        String password = terminal.environment().get(PASSWORD);
        if (password != null) {
            return password;
        }
        Console console = terminal.person().types() ? System.console() : null;
        char[] typed = console == null ? null : console.readPassword("Password of %s: ", user);
        if (typed == null) {
            throw usage("--user " + user + ": there is no terminal to ask for the password; set " + PASSWORD);
        }
        return new String(typed);
    }

    private void checkReadable(String option, @Nullable Path file) {
        if (file != null && (!Files.isRegularFile(file) || !Files.isReadable(file))) {
            throw usage(option + ": " + file + " (expected: a file that can be read)");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
