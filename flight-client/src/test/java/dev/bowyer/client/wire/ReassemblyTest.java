package dev.bowyer.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How parts become one answer, and what keeps them from it. */
final class ReassemblyTest {
    private final BufferAllocator allocator = new RootAllocator();
    private final BufferAllocator ofClient = new RootAllocator();
    private ScriptedServer server;
    private BowyerClient client;

    @BeforeEach
    void start() throws Exception {
        server = new ScriptedServer();
        client = BowyerClient.connect(server.uri(), options -> options.allocator(ofClient));
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        server.close();
        assertThat(ofClient.getAllocatedMemory()).isZero();
        ofClient.close();
        allocator.close();
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private List<Long> fetched() {
        try (ArrowFrame frame = client.dataset("t").fetch();
                BatchStream stream = frame.stream()) {
            List<Long> rows = new ArrayList<>();
            stream.drain(batch -> rows.addAll(Rows.of(batch)));
            assertThat(frame.rowCount()).isEqualTo(rows.size());
            return rows;
        }
    }

    @Test
    void endpointsComeInTheirOrderThoughTheFirstIsSlow() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        server.ordered()
                .endpoint((number, call) -> {
                    call.onNext(ScriptedServer.schema(Rows.NUMBERS));
                    await(second);
                    call.onNext(Rows.numbers(allocator, 0, 5));
                    call.onCompleted();
                })
                .endpoint((number, call) -> {
                    call.onNext(ScriptedServer.schema(Rows.NUMBERS));
                    call.onNext(Rows.numbers(allocator, 5, 10));
                    call.onCompleted();
                    second.countDown();
                });
        try (BatchStream stream = client.dataset("t").stream()) {
            List<Long> rows = new ArrayList<>();
            stream.drain(batch -> rows.addAll(Rows.of(batch)));
            assertThat(rows).isEqualTo(range(0, 10));
        }
        assertThat(second.getCount()).isZero();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void endpointsWithoutAnOrderAreToldApart() {
        for (int i = 0; i < 6; i++) {
            server.sends(
                    ScriptedServer.schema(Rows.NUMBERS),
                    Rows.numbers(allocator, i * 10L, i * 10L + 4),
                    Rows.numbers(allocator, i * 10L + 4, i * 10L + 10));
        }
        TreeMap<Integer, List<Long>> parts = new TreeMap<>();
        try (BatchStream stream = client.dataset("t").stream()) {
            stream.drain(batch -> parts.computeIfAbsent(batch.endpoint(), it -> new ArrayList<>())
                    .addAll(Rows.of(batch)));
        }
        assertThat(parts).hasSize(6);
        parts.forEach((part, rows) -> assertThat(rows).isEqualTo(range(part * 10L, part * 10L + 10)));
        assertThat(fetched()).isEqualTo(range(0, 60));
    }

    @Test
    void dictionariesMayBeReplacedAndGrow() {
        server.sends(
                ScriptedServer.schema(Rows.COLORS),
                Rows.dictionary(allocator, false, "red", "green"),
                Rows.colors(allocator, 0, 1),
                Rows.dictionary(allocator, false, "blue", "red"),
                Rows.colors(allocator, 0, 1),
                Rows.dictionary(allocator, true, "grey"),
                Rows.colors(allocator, 2, 1, 0));
        try (ArrowFrame frame = client.dataset("t").fetch()) {
            List<Object> colors = new ArrayList<>();
            for (long row = 0; row < frame.rowCount(); row++) {
                colors.add(frame.column("color").get(row));
            }
            assertThat(colors).containsExactly("red", "green", "blue", "red", "grey", "red", "blue");
        }
    }

    @Test
    void anotherSchemaOfTheSecondEndpointNamesTheColumn() throws Exception {
        Schema text = new Schema(List.of(Field.nullable("n", ArrowType.Utf8.INSTANCE)));
        Schema renamed = new Schema(List.of(Field.nullable("m", new ArrowType.Int(64, true))));
        for (Schema other : List.of(text, renamed, new Schema(List.of()))) {
            try (ScriptedServer one = new ScriptedServer();
                    BowyerClient asking = BowyerClient.connect(one.uri(), options -> options.allocator(ofClient))) {
                one.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 3))
                        .sends(ScriptedServer.schema(other));
                assertThatThrownBy(() -> asking.dataset("t").fetch())
                        .isInstanceOfSatisfying(BowyerException.class, e -> {
                            assertThat(e.code()).isEqualTo("SCHEMA_MISMATCH");
                            assertThat(e).hasMessageContaining("endpoint 1").hasMessageContaining("\"n\"");
                        });
            }
        }
    }

    @Test
    void anEmptyAnswerKeepsItsSchema() {
        server.sends(ScriptedServer.schema(Rows.NUMBERS));
        try (ArrowFrame frame = client.dataset("t").fetch()) {
            assertThat(frame.rowCount()).isZero();
            assertThat(frame.schema()).isEqualTo(Rows.NUMBERS);
        }
    }

    @Test
    void anAnswerWithoutEndpointsHasTheAnnouncedSchema() {
        server.announces(Rows.NUMBERS);
        try (ArrowFrame frame = client.dataset("t").fetch()) {
            assertThat(frame.schema()).isEqualTo(Rows.NUMBERS);
        }
    }

    @Test
    void moreOrFewerRowsThanAnnouncedAreAnError() {
        server.totalRows(7).sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 6));
        assertThatThrownBy(() -> client.dataset("t").fetch())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("ROW_COUNT_MISMATCH"))
                .hasMessageContaining("announced 7 rows, and 6 came");
        try (BatchStream stream = client.dataset("t").stream()) {
            assertThatThrownBy(() -> stream.drain(batch -> {}))
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo("ROW_COUNT_MISMATCH"));
        }
    }

    @Test
    void partitionsAreReadOneByOne() {
        for (int i = 0; i < 3; i++) {
            server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, i, i + 1));
        }
        server.totalRows(3);
        List<Partition> partitions = client.dataset("t").partitions();
        List<Long> rows = new ArrayList<>();
        for (Partition partition : partitions) {
            Partition elsewhere = Partition.of(partition.toBytes());
            try (BowyerClient other = BowyerClient.connect(server.uri());
                    BatchStream stream = other.partition(elsewhere).stream()) {
                stream.drain(batch -> rows.addAll(Rows.of(batch)));
            }
        }
        assertThat(rows).containsExactly(0L, 1L, 2L);
        assertThatThrownBy(() ->
                        client.partition(Partition.of(new byte[] {1, 2, 3})).fetch())
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo("INVALID_ARGUMENT"));
    }

    @Test
    void batchesMayBeKeptWhenTheirStreamAndClientAreClosed() {
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 3), Rows.numbers(allocator, 3, 6));
        List<Batch> kept = new ArrayList<>();
        try (BowyerClient other = BowyerClient.connect(server.uri(), options -> options.allocator(ofClient));
                BatchStream stream = other.dataset("t").stream()) {
            stream.forEach(kept::add);
        }
        assertThat(kept).hasSize(2);
        assertThat(Rows.of(kept.get(0))).containsExactly(0L, 1L, 2L);
        assertThat(Rows.of(kept.get(1))).containsExactly(3L, 4L, 5L);
        kept.forEach(Batch::close);
        assertThat(ofClient.getAllocatedMemory()).isZero();
    }
}
