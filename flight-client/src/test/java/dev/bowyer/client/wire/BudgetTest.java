package dev.bowyer.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ByteSize;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.flatbuf.CompressionType;
import org.junit.jupiter.api.Test;

/** The memory budget: what does not fit, what waits, and what only says that it is small. */
final class BudgetTest extends ScriptedCase {
    @Test
    void aBatchThatIsLargerThanTheBudgetNamesBoth() {
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 200_000));
        BowyerClient client = client(ByteSize.ofBytes(1_000_000), Duration.ofSeconds(20));
        assertThatThrownBy(() -> client.dataset("t").fetch())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("MEMORY_BUDGET"))
                .hasMessageMatching(".*1[56]\\d{5} bytes.*1000000 bytes.*");
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 1_000_000));
        assertThatThrownBy(
                        () -> client.partition(client.dataset("t").partitions().get(1))
                                .fetch())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("MEMORY_BUDGET"))
                .hasMessageMatching(".*8\\d{6} bytes.*");
    }

    @Test
    void aFrameThatDoesNotFitIsAnErrorAndAStreamOfTheSameRowsIsNot() {
        server.endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            for (int i = 0; i < 100; i++) {
                call.onNext(Rows.numbers(allocator, i * 10_000L, (i + 1) * 10_000L));
            }
            call.onCompleted();
        });
        BowyerClient client = client(ByteSize.ofMebibytes(1), Duration.ofSeconds(20));
        fails("MEMORY_BUDGET", "no room for", () -> client.dataset("t").fetch());
        try (BatchStream stream = client.dataset("t").stream()) {
            stream.drain(batch -> assertThat(client.memoryHeld()).isLessThanOrEqualTo(1024 * 1024));
            assertThat(stream.rowsRead()).isEqualTo(1_000_000);
        }
    }

    @Test
    void aStreamWaitsForMemoryThatAnotherThreadReleases() throws Exception {
        server.endpoint((number, call) -> {
            call.onNext(ScriptedServer.schema(Rows.NUMBERS));
            for (int i = 0; i < 20; i++) {
                call.onNext(Rows.numbers(allocator, i * 10_000L, (i + 1) * 10_000L));
            }
            call.onCompleted();
        });
        BowyerClient client = client(ByteSize.ofBytes(400_000), Duration.ofSeconds(20));
        long rows = 0;
        try (BatchStream stream = client.dataset("t").stream()) {
            CompletableFuture<Void> before = CompletableFuture.completedFuture(null);
            for (Batch batch : stream) {
                rows += batch.rowCount();
                before = before.thenRunAsync(batch::close);
            }
            before.get();
        }
        assertThat(rows).isEqualTo(200_000);
    }

    @Test
    void aFetchWaitsForMemoryThatAnotherFrameHolds() throws Exception {
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 60_000));
        BowyerClient client = client(ByteSize.ofBytes(800_000), Duration.ofSeconds(20));
        ArrowFrame first = client.dataset("t").fetch();
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> {
            try (ArrowFrame frame = client.dataset("t").fetch()) {
                return frame.rowCount();
            }
        });
        await().until(() -> server.doGets() == 2);
        first.close();
        assertThat(second.get()).isEqualTo(60_000);
    }

    /** A few bytes that say that they are many: as LZ4, as Zstandard, and as neither. */
    @Test
    void compressedBuffersAreNotBelieved() {
        for (byte codec : new byte[] {CompressionType.LZ4_FRAME, CompressionType.ZSTD, 9}) {
            for (long claim : new long[] {1L << 40, 1_000_000, -7}) {
                server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.compressedNumbers(codec, claim));
            }
        }
        for (int i = 0; i < 9; i++) {
            int endpoint = i;
            assertThatThrownBy(() -> client().partition(
                                    client().dataset("t").partitions().get(endpoint))
                            .fetch())
                    .isInstanceOfSatisfying(
                            BowyerException.class,
                            e -> assertThat(e.code()).as(e.toString()).isIn("BAD_ANSWER", "MEMORY_BUDGET"));
        }
    }
}
