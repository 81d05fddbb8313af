package dev.bowyer.client.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.DatasetQuery;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.SharedDictionary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random tables through servers and the client, cell by cell: from arrow-java's server, and from one that compresses
 * and
 * changes dictionaries. A failure names the seed, and {@code -Dbowyer.random.seed=N} runs that one alone.
 */
final class RoundTripTest {
    private static final int CASES = 10_000;
    private static final int FRAME_ONE_IN = 4;

    private static RootAllocator serverMemory;
    private static RootAllocator clientMemory;
    private static RandomTableServer messages;
    private static StockTableServer stock;
    private static BowyerClient ofMessages;
    private static BowyerClient ofStock;

    @BeforeAll
    static void start() throws IOException {
        serverMemory = new RootAllocator();
        clientMemory = new RootAllocator();
        messages = new RandomTableServer();
        stock = new StockTableServer(serverMemory);
        ofMessages = BowyerClient.connect(messages.uri(), options -> options.allocator(clientMemory));
        ofStock = BowyerClient.connect(stock.uri(), options -> options.allocator(clientMemory));
    }

    @AfterAll
    static void stop() {
        ofMessages.close();
        ofStock.close();
        messages.close();
        stock.close();
        clientMemory.close();
        serverMemory.close();
    }

    @Test
    void everyTableComesBackAsItWasMade() {
        Long only = Long.getLong("bowyer.random.seed");
        long first = only == null ? 0 : only;
        long last = only == null ? CASES - 1 : only;
        for (long seed = first; seed <= last; seed++) {
            RandomTable table = RandomTable.of(seed);
            try {
                check(table, table.stock() ? ofStock : ofMessages);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", " + table, e);
            }
            assertThat(clientMemory.getAllocatedMemory())
                    .as("memory after seed %d", seed)
                    .isZero();
        }
    }

    static void check(RandomTable table, BowyerClient client) {
        DatasetQuery query = client.dataset(Long.toString(table.seed())).parallelism(2);
        if (table.seed() % FRAME_ONE_IN == 0) {
            try (ArrowFrame frame = query.fetch()) {
                assertThat(frame.rowCount()).as("seed %d", table.seed()).isEqualTo(table.rowCount());
                check(table, frame);
            }
        } else {
            check(table, query);
        }
    }

    private static void check(RandomTable table, BatchSource source) {
        List<List<Batch>> parts = new ArrayList<>();
        table.parts().forEach(part -> parts.add(new ArrayList<>()));
        int latest = 0;
        try (BatchStream stream = source.stream()) {
            assertThat(stream.schema()).as("seed %d", table.seed()).isEqualTo(table.schema());
            for (Batch batch : stream) {
                parts.get(batch.endpoint()).add(batch);
                if (table.ordered()) {
                    assertThat(batch.endpoint())
                            .as("seed %d, part after %d", table.seed(), latest)
                            .isGreaterThanOrEqualTo(latest);
                    latest = batch.endpoint();
                }
            }
            // All batches are looked at when the last has come: none may have changed meanwhile.
            for (int part = 0; part < parts.size(); part++) {
                checkPart(table, part, parts.get(part));
            }
        } finally {
            parts.forEach(part -> part.forEach(Batch::close));
        }
    }

    private static void checkPart(RandomTable table, int part, List<Batch> batches) {
        for (int column = 0; column < table.schema().getFields().size(); column++) {
            Field field = table.schema().getFields().get(column);
            List<@Nullable Object> expected = new ArrayList<>();
            for (RandomTable.Rows rows : table.parts().get(part)) {
                expected.addAll(rows.columns().get(column));
            }
            List<@Nullable Object> actual = new ArrayList<>();
            for (Batch batch : batches) {
                Map<Long, SharedDictionary> dictionaries = batch.dictionaries();
                Cells cells = new Cells(id -> {
                    SharedDictionary dictionary = dictionaries.get(id);
                    return dictionary == null ? null : dictionary.dictionary();
                });
                actual.addAll(cells.column(field, batch.vector(column), batch.rowCount()));
            }
            assertThat(actual)
                    .as("seed %d, part %d, column %d, %s", table.seed(), part, column, field)
                    .isEqualTo(expected);
        }
        assertThat(batches.stream().mapToInt(Batch::rowCount).sum())
                .as("rows of seed %d, part %d", table.seed(), part)
                .isEqualTo(table.parts().get(part).stream()
                        .mapToInt(RandomTable.Rows::count)
                        .sum());
    }
}
