package dev.bowyer.clients.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ByteSize;
import dev.bowyer.client.DatasetInfo;
import dev.bowyer.client.PutMode;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The client with pyarrow's Flight server: plain Flight, without SQL. Closing the memory asserts that all came back.
 */
final class PyarrowTest {
    @TempDir
    private static Path folder;

    private static PyarrowServers servers;

    private RootAllocator memory;
    private BowyerClient client;

    @BeforeAll
    static void start() {
        servers = new PyarrowServers(folder);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @BeforeEach
    void connect() {
        memory = new RootAllocator();
        client = servers.connect("plain", options -> options.allocator(memory));
    }

    @AfterEach
    void disconnect() {
        assertThat(client.memoryHeld()).isZero();
        client.close();
        memory.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "numbers",
                "ordered",
                "reused",
                "unannounced",
                "lz4",
                "zstd",
                "empty",
                "empty_batches",
                "no_columns",
                "types",
                "types_lz4",
                "types_zstd",
                "nested",
                "nested_lz4",
                "colours",
                "replaced",
                "growing",
                "growing_lz4",
                "nested_dictionaries",
                "lake.orders"
            })
    void aTableComesAsPyarrowHasIt(String table) {
        JsonNode truth = servers.truth().get(table);
        try (ArrowFrame frame = client.dataset(table.split("\\.", -1)).fetch()) {
            assertThat(frame.columnNames()).isEqualTo(Canonical.list(truth.get("columns")));
            assertThat(frame.rowCount()).isEqualTo(truth.get("rows").size());
            assertThat(Canonical.rows(frame)).isEqualTo(Canonical.list(truth.get("rows")));
        }
    }

    @Test
    void partsWithoutAnOrderComeEachOnce() {
        List<List<@Nullable Object>> rows;
        try (ArrowFrame frame = client.dataset("unordered").parallelism(4).fetch()) {
            rows = Canonical.rows(frame);
        }
        assertThat(rows)
                .containsExactlyInAnyOrderElementsOf(
                        lists(servers.truth().get("unordered").get("rows")));
    }

    @Test
    void datasetsAreListed() {
        Map<String, Long> listed = new HashMap<>();
        for (DatasetInfo dataset : client.datasets()) {
            listed.put(dataset.name(), dataset.rows().orElse(-1));
        }
        assertThat(listed)
                .containsEntry("numbers", 2_000L)
                .containsEntry("lake.orders", 3L)
                .containsEntry("unannounced", -1L)
                .containsKeys("types", "one_message");
        DatasetInfo orders = client.describe("lake", "orders");
        assertThat(orders.schema().getFields())
                .extracting(field -> field.getName())
                .containsExactly("n", "half", "name");
        assertThat(orders.rows()).hasValue(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"types", "nested", "colours", "unannounced", "empty"})
    void theSchemaIsThatOfTheRows(String table) {
        Schema schema = client.dataset(table).schema();
        try (ArrowFrame frame = client.dataset(table).fetch()) {
            assertThat(schema).isEqualTo(frame.schema());
        }
    }

    @Test
    void rowsAreCounted() {
        assertThat(client.dataset("ordered").count()).isEqualTo(2_000);
        assertThat(client.dataset("empty").count()).isZero();
    }

    @Test
    void partitionsAreReadByAnotherClient() {
        List<Partition> partitions = client.dataset("ordered").partitions();
        assertThat(partitions).hasSize(4);
        List<List<@Nullable Object>> rows = new ArrayList<>();
        try (BowyerClient other = servers.connect("plain", options -> options.allocator(memory))) {
            for (Partition partition : partitions) {
                try (ArrowFrame frame =
                        other.partition(Partition.of(partition.toBytes())).fetch()) {
                    rows.addAll(Canonical.rows(frame));
                }
            }
        }
        assertThat(rows).isEqualTo(lists(servers.truth().get("ordered").get("rows")));
    }

    @Test
    void aMessageIsAsLargeAsTheBudgetAllows() {
        try (ArrowFrame frame = client.dataset("one_message").fetch()) {
            byte[] bytes = (byte[]) Objects.requireNonNull(frame.row(0).get(0));
            assertThat(bytes).hasSize(48 * 1024 * 1024).containsOnly('x');
        }
        try (BowyerClient small =
                servers.connect("plain", options -> options.allocator(memory).memoryBudget(ByteSize.ofMebibytes(16)))) {
            assertFails(
                    ErrorCodes.MEMORY_BUDGET,
                    "16777216",
                    () -> small.dataset("one_message").fetch());
        }
    }

    @Test
    void fewerRowsThanAnnouncedAreAnError() {
        assertFails(
                ErrorCodes.ROW_COUNT_MISMATCH,
                "10",
                () -> client.dataset("short").fetch());
    }

    @Test
    void anUnknownTableIsNamed() {
        assertThatThrownBy(() -> client.dataset("nothing").fetch())
                .isInstanceOf(BowyerException.class)
                .hasMessageContaining("no table nothing");
    }

    @Test
    void conditionsNeedAServerWithSql() {
        assertFails(
                ErrorCodes.UNIMPLEMENTED,
                "paths only",
                () -> client.dataset("numbers").where("n > 1").fetch());
    }

    @Test
    void aServerThatFailsAfterItsFirstRowsIsAnError() {
        AtomicLong rows = new AtomicLong();
        try (BatchStream stream = client.dataset("failing").stream()) {
            assertFails(
                    "UNKNOWN", "the disk is on fire", () -> stream.drain(batch -> rows.addAndGet(batch.rowCount())));
        }
        assertThat(rows.get()).isIn(0L, 100L);
    }

    /** arrow-java has no vectors of them. */
    @Test
    void decimalsOf32And64BitsAreRefusedByName() {
        assertFails(
                ErrorCodes.BAD_ANSWER,
                "decimal",
                () -> client.dataset("small_decimals").fetch());
    }

    @Test
    void aCancelledStreamEndsAtTheServer() {
        try (BatchStream stream = client.dataset("endless").stream()) {
            for (int batch = 0; batch < 3; batch++) {
                Objects.requireNonNull(stream.next()).close();
            }
            assertThat(running()).isEqualTo("1");
            stream.cancel();
            assertFails(ErrorCodes.CANCELLED, "", stream::next);
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> running().equals("0"));
    }

    @Test
    void aTimeoutEndsAStream() {
        try (BatchStream stream = client.dataset("endless").timeout(Duration.ofMillis(500)).stream()) {
            assertFails(ErrorCodes.DEADLINE_EXCEEDED, "", () -> stream.drain(batch -> {}));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"numbers", "ordered", "types", "nested", "empty", "colours", "replaced", "nested_dictionaries"})
    void whatIsPutIsThere(String table) {
        try (ArrowFrame frame = client.dataset(table).fetch()) {
            assertThat(client.put("copy", frame, PutMode.REPLACE)).isEqualTo(frame.rowCount());
        }
        assertThat(cell("difference " + table + " copy")).isEqualTo("");
    }

    @Test
    void aQueryIsPutWithoutBeingFetched() {
        assertThat(client.put("copied", client.dataset("ordered"), PutMode.REPLACE))
                .isEqualTo(2_000);
        assertThat(cell("difference ordered copied")).isEqualTo("");
    }

    @Test
    void aServerThatTakesNoRowsSaysSo() {
        assertFails(
                "PERMISSION_DENIED",
                "read_only takes no rows",
                () -> client.put("read_only", client.dataset("numbers"), PutMode.CREATE));
    }

    private String running() {
        return cell("running");
    }

    private String cell(String table) {
        try (ArrowFrame frame = client.dataset(table).fetch()) {
            return String.valueOf(Canonical.cell(frame.row(0).get(0)));
        }
    }

    static void assertFails(String code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).as(e.toString()).isEqualTo(code);
            assertThat(e.toString()).contains(text);
        });
    }

    @SuppressWarnings("unchecked")
    private static List<List<@Nullable Object>> lists(JsonNode rows) {
        List<List<@Nullable Object>> lists = new ArrayList<>();
        Canonical.list(rows).forEach(row -> lists.add((List<@Nullable Object>) Objects.requireNonNull(row)));
        return lists;
    }
}
