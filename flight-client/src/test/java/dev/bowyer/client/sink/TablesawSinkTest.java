package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

class TablesawSinkTest {
    private static final int SEEDS = 20;

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void empty() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @Test
    void encodedNumbersAreTheirValues() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (MemorySource source =
                    RandomTables.source(allocator, RandomTables.encodedNumbers(), seed, 1 + seed % 3, 50)) {
                assertSame(TablesawSink.table().read(source), source);
            }
        }
    }

    @Test
    void everyValueOfEveryType() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (MemorySource source = RandomTables.source(allocator, accepted(), seed, seed % 4, 50)) {
                Table table = TablesawSink.table().read(source);
                assertThat(table.rowCount()).isEqualTo((int) source.rows());
                assertSame(table, source);
                assertThat(source.open).hasValue(0);
            }
        }
    }

    @Test
    void typesOfColumns() {
        Table table = TablesawSink.table().read(MemorySource.of(new Schema(accepted()), List.of()));
        assertThat(table.rowCount()).isZero();
        assertThat(table.columnCount()).isEqualTo(accepted().size());
        Map.of(
                        "bool", ColumnType.BOOLEAN,
                        "uint8", ColumnType.INTEGER,
                        "uint32", ColumnType.LONG,
                        "uint64", ColumnType.STRING,
                        "float_HALF", ColumnType.FLOAT,
                        "decimal", ColumnType.STRING,
                        "date_ms", ColumnType.LOCAL_DATE,
                        "timestamp_MILLISECOND", ColumnType.LOCAL_DATE_TIME,
                        "timestamp_utc_SECOND", ColumnType.INSTANT,
                        "words", ColumnType.STRING)
                .forEach((name, type) ->
                        assertThat(table.column(name).type()).as(name).isEqualTo(type));
    }

    @ParameterizedTest
    @ValueSource(strings = {"time_MICROSECOND", "timestamp_NANOSECOND", "timestamp_utc_MICROSECOND"})
    void aTimeThatIsTooFineIsNamed(String name) {
        List<Field> fields = RandomTables.flat().stream()
                .filter(field -> field.getName().equals(name))
                .toList();
        try (MemorySource source = RandomTables.source(allocator, fields, 1, 1, 50)) {
            assertMismatch(source, "column " + name);
            assertThat(source.open).hasValue(0);
        }
    }

    @Test
    void theNumberForMissingIsNoValue() {
        Schema schema = new Schema(List.of(RandomTables.field("n", new ArrowType.Int(32, true))));
        for (boolean withNull : new boolean[] {false, true}) {
            IntVector numbers = new IntVector("n", allocator);
            numbers.setSafe(0, 5);
            numbers.setSafe(1, Integer.MIN_VALUE);
            if (withNull) {
                numbers.setNull(2);
            } else {
                numbers.setSafe(2, 6);
            }
            numbers.setValueCount(3);
            try (MemorySource source =
                    MemorySource.of(schema, List.of(Batch.of(schema, List.of(numbers), 3, Map.of(), 0)))) {
                assertMismatch(source, "column n: -2147483648");
            }
        }
    }

    @Test
    void namesThatDifferInCaseOnlyStayTwo() {
        List<Field> fields = List.of(
                RandomTables.field("n", new ArrowType.Int(32, true)),
                RandomTables.field("N", new ArrowType.Int(64, true)));
        try (MemorySource source = RandomTables.source(allocator, fields, 1, 2, 20)) {
            Table table = TablesawSink.table().read(source);
            assertThat(table.columnNames()).containsExactly("n", "N_");
            assertSame(table, source);
        }
    }

    @Test
    void whatTheSourceThrowsIsThrown() {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, accepted(), 3, 3, 20)) {
            MemorySource source = whole.failing(lost);
            assertThatThrownBy(() -> TablesawSink.table().read(source)).isSameAs(lost);
            assertThat(source.open).hasValue(0);
        }
    }

    private static void assertMismatch(MemorySource source, String words) {
        assertThatThrownBy(() -> TablesawSink.table().read(source)).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH);
            assertThat(e).hasMessageContaining(words);
        });
    }

    private static void assertSame(Table table, MemorySource source) {
        int start = 0;
        for (Batch batch : source.batches()) {
            List<ValueReader> columns = Columns.of(batch);
            for (int i = 0; i < columns.size(); i++) {
                Column<?> column = table.column(i);
                for (int row = 0; row < batch.rowCount(); row++) {
                    Object expected = columns.get(i).get(row);
                    boolean missing = expected == null
                            || text(expected).isEmpty()
                            || (expected instanceof Number number && Double.isNaN(number.doubleValue()));
                    assertThat(column.isMissing(start + row)).as(column.name()).isEqualTo(missing);
                    if (expected != null && !missing) {
                        assertThat(text(column.get(start + row)))
                                .as(column.name())
                                .isEqualTo(text(expected));
                    }
                }
            }
            start += batch.rowCount();
        }
    }

    private static String text(Object value) {
        return new ValueText(ValueText.HEX).of(value);
    }

    private static List<Field> accepted() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        fields.removeIf(field -> field.getName().matches("time.*(MICRO|NANO)SECOND|timestamp_zone"));
        return fields;
    }
}
