package dev.bowyer.clients;

import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.PutMode;
import dev.bowyer.client.SqlQuery;
import dev.bowyer.client.Wire;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.frame.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client library of this project with this server.
final class JavaClientTest {
    @TempDir
    private static Path folder;

    private static LakeServer server;
    private final BufferAllocator memory = new RootAllocator();
    private BowyerClient client;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        client = BowyerClient.connect(server.uri().toString(), options -> options.allocator(memory));
    }

    @AfterEach
    void disconnect() {
        client.close();
        assertThat(memory.getAllocatedMemory()).isZero();
        memory.close();
    }

    record Line(long n, String name) {}

    private static void fails(String code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e).hasMessageContaining(text);
        });
    }

    @Test
    void valuesByNameAndByPosition() {
        SqlQuery named = client.sql("SELECT n, name FROM numbers WHERE n < $below AND name = $name ORDER BY n");
        assertThat(named.bind("below", 5).bind("name", "odd").as(Line.class).toList())
                .containsExactly(new Line(1, "odd"), new Line(3, "odd"));
        assertThat(client.sql("SELECT n, name FROM numbers WHERE n = ?")
                        .bindAll(7L)
                        .as(Line.class)
                        .toList())
                .containsExactly(new Line(7, "odd"));
        fails(
                "INVALID_ARGUMENT",
                "no value is bound to $name",
                () -> named.bind("below", 5).fetch());
        fails(
                "INVALID_ARGUMENT",
                "no parameter $other",
                () -> named.bind("other", 5).fetch());
        fails(
                "INVALID_ARGUMENT",
                "below",
                () -> named.bind("below", "five").bind("name", "odd").fetch());
    }

    @Test
    void partsOfADatasetComeWholeThroughParallelEndpoints() {
        try (ArrowFrame frame = client.dataset("lake", "lines").parallelism(4).fetch()) {
            long[] all = frame.longs("n").toArray();
            assertThat(LongStream.of(all).sorted())
                    .containsExactlyElementsOf(
                            LongStream.range(0, LakeServer.LINES).boxed().toList());
        }
        List<Partition> partitions = client.dataset("lake.lines").parallelism(4).partitions();
        assertThat(partitions).hasSizeGreaterThan(1);
        long rows = 0;
        for (Partition partition : partitions) {
            rows += client.partition(partition).count();
        }
        assertThat(rows).isEqualTo(LakeServer.LINES);
    }

    @Test
    void selectionsAreMadeByTheServer() {
        List<Progress> progress = new ArrayList<>();
        try (ArrowFrame frame = client.dataset("numbers")
                .select("name")
                .where("n >= 10")
                .where("n < 20")
                .limit(8)
                .onProgress(progress::add)
                .fetch()) {
            assertThat(frame.columnNames()).containsExactly("name");
            assertThat(frame.rowCount()).isEqualTo(8);
        }
        assertThat(progress.get(progress.size() - 1).rows()).isEqualTo(8);
        assertThat(client.dataset("numbers").where("n < 100").count()).isEqualTo(100);
        assertThat(client.sql("SELECT * FROM numbers; -- all").count()).isEqualTo(LakeServer.NUMBERS);
        assertThat(client.sql("SELECT n FROM numbers").schema().getFields()).hasSize(1);
        assertThat(client.sql("SELECT n FROM numbers").explain()).contains("numbers");
        try (ArrowFrame views = client.sql("SELECT name FROM numbers LIMIT 1")
                        .wire(Wire.NATIVE)
                        .fetch();
                ArrowFrame plain =
                        client.sql("SELECT name FROM numbers LIMIT 1").fetch()) {
            assertThat(views.column("name").get(0))
                    .isEqualTo(plain.column("name").get(0));
        }
    }

    @Test
    void lazyFramesRunHere() {
        try (ArrowFrame frame = client.frame("lake.lines")
                .filter(col("n").lt(10))
                .groupBy("name")
                .agg(count().as("rows"))
                .sort(desc("name"))
                .fetch()) {
            assertThat(frame.strings("name").toArray()).containsExactly("odd", "even");
            assertThat(frame.longs("rows").toArray()).containsExactly(5, 5);
        }
    }

    @Test
    void whatIsCancelledStopsAtTheServer() throws Exception {
        SqlQuery query = client.sql(LakeServer.MANY_ROWS);
        try (BatchStream stream = query.stream();
                Batch first = stream.next()) {
            assertThat(first).isNotNull();
            CompletableFuture.runAsync(query::cancel).get();
            fails("CANCELLED", "cancelled", () -> stream.drain(batch -> {}));
        }
        LakeServer.assertWorkStops();
    }

    @Test
    void errorsSayWhatTheServerSays() {
        fails("DATASET_NOT_FOUND", "numbres", () -> client.dataset("numbres").fetch());
        assertThatThrownBy(() -> client.sql("SELECT m FROM numbers").fetch())
                .isInstanceOfSatisfying(BowyerException.class, e -> {
                    assertThat(e.code()).isEqualTo("UNKNOWN_COLUMN");
                    assertThat(e.queryId()).matches("[0-9a-f]{16}");
                    assertThat(e.hint()).contains("n");
                });
        try (ArrowFrame rows = client.dataset("numbers").limit(1).fetch()) {
            fails("UNSUPPORTED", "", () -> client.put("copy", rows, PutMode.CREATE));
        }
        assertThat(Set.copyOf(client.datasets().stream().map(it -> it.name()).toList()))
                .contains("numbers", "lake.lines");
        assertThat(client.describe("numbers").rows()).isEmpty();
    }
}
