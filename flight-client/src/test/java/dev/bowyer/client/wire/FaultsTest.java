package dev.bowyer.client.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ByteSize;
import dev.bowyer.client.SqlQuery;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import io.grpc.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.apache.arrow.flight.impl.Flight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server, a network or a caller can do wrong: one kind of exception, and nothing stays behind. */
final class FaultsTest extends ScriptedCase {
    private static Flight.FlightData header(byte[] bytes) {
        return Flight.FlightData.newBuilder()
                .setDataHeader(ByteString.copyFrom(bytes))
                .build();
    }

    @Test
    void messagesThatAreNoneOfArrow() {
        Flight.FlightData good = Rows.numbers(allocator, 0, 10);
        byte[] noise = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        List<Flight.FlightData> bad = List.of(
                header(noise),
                good.toBuilder()
                        .setDataBody(good.getDataBody().substring(0, 40))
                        .build(),
                ScriptedServer.schema(Rows.NUMBERS),
                Rows.dictionary(allocator, false, "a"));
        for (Flight.FlightData message : bad) {
            server.sends(ScriptedServer.schema(Rows.NUMBERS), good, message, good);
        }
        for (int i = 0; i < bad.size(); i++) {
            int endpoint = i;
            fails(
                    "BAD_ANSWER",
                    "sent",
                    () -> client().partition(client().dataset("t").partitions().get(endpoint))
                            .fetch());
        }
    }

    @Test
    void rowsBeforeTheSchemaAndNoSchemaAtAll() {
        server.sends(Rows.numbers(allocator, 0, 1));
        fails(
                "BAD_ANSWER",
                "rows before the schema",
                () -> client().dataset("t").fetch());
        server.sends();
        fails(
                "BAD_ANSWER",
                "without a schema",
                () -> client().partition(client().dataset("t").partitions().get(1))
                        .fetch());
    }

    /** Each length of a good answer that is cut off by a status, and by the end of the connection. */
    @Test
    void answersThatBreakOffAreErrors() {
        for (int messages = 0; messages <= 3; messages++) {
            int count = messages;
            server.endpoint((number, call) -> {
                List.of(
                                ScriptedServer.schema(Rows.NUMBERS),
                                Rows.numbers(allocator, 0, 10),
                                Rows.numbers(allocator, 10, 20))
                        .subList(0, count)
                        .forEach(call::onNext);
                call.onError(Status.UNAVAILABLE.withDescription("going away").asException());
            });
        }
        for (int i = 0; i < 4; i++) {
            int endpoint = i;
            fails(
                    "UNAVAILABLE",
                    "going away",
                    () -> client().partition(client().dataset("t").partitions().get(endpoint))
                            .fetch());
        }
        assertThat(server.doGets()).isEqualTo(4);
    }

    @Test
    void aSilentServerIsLeftAlone() throws Exception {
        server.endpoint((number, call) -> call.onNext(ScriptedServer.schema(Rows.NUMBERS)));
        BowyerClient client = client(ByteSize.ofMebibytes(1), Duration.ofMillis(300));
        fails(
                "DEADLINE_EXCEEDED",
                "has said nothing for",
                () -> client.dataset("t").fetch());
        assertThat(server.awaitCancel()).isTrue();
    }

    @Test
    void theTimeOfAQueryHoldsForItsRows() {
        server.endpoint((number, call) -> call.onNext(ScriptedServer.schema(Rows.NUMBERS)));
        fails(
                "DEADLINE_EXCEEDED",
                "in time",
                () -> client().dataset("t").timeout(Duration.ofMillis(300)).fetch());
    }

    @Test
    void aBrokenStreamIsResumedWithoutALostOrASecondRow() {
        server.repeatable().endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            for (int i = 0; i < 10; i++) {
                if (i == number * 2) {
                    call.onError(Status.UNAVAILABLE
                            .withDescription("restart " + number)
                            .asException());
                    return;
                }
                call.onNext(Rows.numbers(allocator, i * 10L, (i + 1) * 10L));
            }
            call.onCompleted();
        });
        try (BatchStream stream = client().dataset("t").stream()) {
            List<Long> rows = new ArrayList<>();
            stream.drain(batch -> rows.addAll(Rows.of(batch)));
            assertThat(rows).isEqualTo(LongStream.range(0, 100).boxed().toList());
        }
        assertThat(server.doGets()).isEqualTo(5);
        try (ArrowFrame frame = client().dataset("t").fetch()) {
            assertThat(frame.rowCount()).isEqualTo(100);
        }
    }

    @Test
    @Timeout(60) // an endless retry is what it is about
    void aStreamThatBreaksAtTheSamePlaceEachTimeIsGivenUp() {
        server.repeatable().endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            call.onNext(Rows.numbers(allocator, 0, 10));
            call.onError(Status.UNAVAILABLE.withDescription("again").asException());
        });
        BowyerClient client = BowyerClient.connect(
                server.uri(), options -> options.allocator(ofClient).attempts(3));
        clients.add(client);
        fails("UNAVAILABLE", "again", () -> client.dataset("t").fetch());
        assertThat(server.doGets()).isLessThanOrEqualTo(4);
    }

    @Test
    void aClientThatIsClosedEndsItsStreams() {
        server.endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            call.onNext(Rows.numbers(allocator, 0, 10));
        });
        BowyerClient client = client();
        BatchStream stream = client.dataset("t").stream();
        Batch kept = stream.next();
        assertThat(kept).isNotNull();
        client.close();
        fails("CLOSED", "closed", stream::next);
        stream.close();
        assertThat(Rows.of(kept)).hasSize(10);
        kept.close();
    }

    @Test
    void aListenerThatFailsLeavesNothingBehind() {
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 10));
        assertThatThrownBy(() -> client().dataset("t")
                        .onProgress(progress -> {
                            throw new IllegalStateException("of the listener");
                        })
                        .fetch())
                .hasMessage("of the listener");
    }

    @Test
    void aBrokenStreamThatBeginsWithOtherRowsTheSecondTimeIsNotResumed() {
        CountDownLatch read = new CountDownLatch(1);
        server.repeatable().endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            call.onNext(Rows.numbers(allocator, number * 10L, number * 10L + 10));
            if (number == 1) {
                new Thread(() -> {
                            try {
                                read.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                            call.onError(Status.UNAVAILABLE.asException());
                        })
                        .start();
            } else {
                call.onCompleted();
            }
        });
        try (BatchStream stream = client().dataset("t").stream();
                Batch first = stream.next()) {
            assertThat(first).isNotNull();
            read.countDown();
            fails("UNAVAILABLE", "begins with other rows", stream::next);
        }
    }

    @Test
    void aServerThatVanishesIsAnError() {
        AtomicReference<Runnable> more = new AtomicReference<>();
        server.endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            call.onNext(Rows.numbers(allocator, 0, 10));
            more.set(server::vanish);
        });
        try (BatchStream stream = client().dataset("t").stream();
                Batch first = stream.next()) {
            assertThat(first).isNotNull();
            await().until(() -> more.get() != null);
            more.get().run();
            fails("UNAVAILABLE", "broke off after 10 rows", stream::next);
        }
        fails("UNAVAILABLE", "no answer from", () -> client().datasets());
    }

    @Test
    void cancelFromAnotherThreadEndsTheWait() throws Exception {
        server.endpoint((number, call) -> call.onNext(ScriptedServer.schema(Rows.NUMBERS)));
        try (BatchStream stream = client().dataset("t").stream()) {
            CompletableFuture<Void> cancel = CompletableFuture.runAsync(stream::cancel);
            fails("CANCELLED", "cancelled", stream::next);
            cancel.get();
            fails("CANCELLED", "cancelled", stream::next);
        }
        assertThat(server.awaitCancel()).isTrue();
        await().until(() -> server.actions().contains("CancelFlightInfo"));
    }

    @Test
    void whatIsStillPlannedCanBeCancelled() throws Exception {
        server.silent();
        SqlQuery query = client().sql("SELECT 1");
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread fetching = new Thread(() -> {
            try {
                query.fetch().close();
            } catch (BowyerException e) {
                failure.complete(e);
            }
        });
        fetching.start();
        await().until(() -> {
            query.cancel();
            return failure.isDone();
        });
        assertThat(failure.get())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("CANCELLED"));
        fetching.join();
    }

    @Test
    void useAfterCloseAndByTwoThreads() throws Exception {
        server.endpoint((number, call) -> call.onNext(ScriptedServer.schema(Rows.NUMBERS)));
        BowyerClient client = client();
        BatchStream stream = client.dataset("t").stream();
        AtomicReference<Thread> reading = new AtomicReference<>();
        CompletableFuture<Throwable> first = CompletableFuture.supplyAsync(() -> {
            reading.set(Thread.currentThread());
            try {
                stream.next();
                return new AssertionError("no rows");
            } catch (BowyerException e) {
                return e;
            }
        });
        await().until(() -> reading.get() != null && reading.get().getState() == Thread.State.TIMED_WAITING);
        fails("CONCURRENT_USE", "two threads", stream::next);
        stream.close();
        assertThat(first.get())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("CLOSED"));
        fails("CLOSED", "closed", stream::next);
        client.close();
        fails("CLOSED", "closed", () -> client.dataset("t").fetch());
    }

    @Test
    void anInterruptedThreadStopsWaitingAndKeepsItsFlag() {
        server.endpoint((number, call) -> call.onNext(ScriptedServer.schema(Rows.NUMBERS)));
        try (BatchStream stream = client().dataset("t").stream()) {
            Thread.currentThread().interrupt();
            fails("INTERRUPTED", "interrupted", stream::next);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void urisThatAreNone() {
        for (String uri : List.of(
                "",
                "localhost:8815",
                "http://localhost:8815",
                "grpc://localhost",
                "grpc://a:0",
                "grpc://a:70000",
                "grpc://user@a:1",
                "grpc+unix://relative",
                "jdbc:arrow-flight-sql://a:1",
                "grpc://a:1/path?x")) {
            fails("INVALID_ARGUMENT", "uri: " + uri, () -> BowyerClient.connect(uri));
        }
    }

    @Test
    void tlsAndPlainAreToldApart() {
        fails("UNAVAILABLE", "does not speak TLS", () -> {
            try (BowyerClient tls = BowyerClient.connect("grpc+tls://127.0.0.1:" + server.port())) {
                tls.datasets();
            }
        });
    }

    @Test
    void aPortOfHttpIsSaidToBeOne() throws Exception {
        try (ServerSocket http = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (Socket connection = http.accept()) {
                    connection.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
                    connection.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            answering.start();
            fails("UNAVAILABLE", "speaks HTTP/1, and not Flight", () -> {
                try (BowyerClient client = BowyerClient.connect("grpc://127.0.0.1:" + http.getLocalPort())) {
                    client.datasets();
                }
            });
            answering.join();
        }
    }
}
