package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bowyer.cli.output.RowFormat;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class SessionTest {
    /// Against a server that takes calls and never answers.
    @ParameterizedTest
    @ValueSource(strings = {"\\d", "\\d trips", "\\refresh"})
    void commandsThatWaitCanBeCancelled(String command) throws Exception {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        Terminal terminal =
                new Terminal(InputStream.nullInputStream(), nowhere, nowhere, Terminal.Person.NOWHERE, Map.of());
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ExecutorService threads = Executors.newSingleThreadExecutor();
                BowyerClient client = BowyerClient.connect("grpc://127.0.0.1:" + silent.getLocalPort());
                Session session = new Session(client, terminal, RowFormat.table, 0)) {
            Future<Boolean> runs = threads.submit(() -> {
                try {
                    return session.run(command);
                } finally {
                    assertThat(Thread.currentThread().isInterrupted())
                            .as("what runs next is not cancelled")
                            .isFalse();
                }
            });
            try (Socket taken = silent.accept()) {
                session.cancel();
                assertThatExceptionOfType(ExecutionException.class)
                        .isThrownBy(() -> runs.get(10, TimeUnit.SECONDS))
                        .havingCause()
                        .isInstanceOfSatisfying(
                                BowyerException.class, e -> assertThat(e.code()).isEqualTo("CANCELLED"));
                assertThat(taken.isConnected()).isTrue();
            }
        }
    }
}
