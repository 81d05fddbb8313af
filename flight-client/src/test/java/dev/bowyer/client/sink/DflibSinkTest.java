package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.dflib.BooleanSeries;
import org.dflib.DataFrame;
import org.dflib.DoubleSeries;
import org.dflib.FloatSeries;
import org.dflib.IntSeries;
import org.dflib.LongSeries;
import org.dflib.Series;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DflibSinkTest {
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
                assertSame(DflibSink.frame().read(source), source);
            }
        }
    }

    @Test
    void everyValueOfEveryType() {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (MemorySource source = RandomTables.source(allocator, everything(), seed, seed % 4, 50)) {
                DataFrame frame = DflibSink.frame().read(source);
                assertThat(frame.height()).isEqualTo((int) source.rows());
                assertSame(frame, source);
                assertThat(source.open).hasValue(0);
            }
        }
    }

    @Test
    void columnsWithoutNullArePrimitive() {
        List<Field> fields = RandomTables.flat().stream()
                .map(field -> new Field(field.getName(), FieldType.notNullable(field.getType()), List.of()))
                .toList();
        try (MemorySource source = RandomTables.source(allocator, fields, 3, 3, 50)) {
            DataFrame frame = DflibSink.frame().read(source);
            assertSame(frame, source);
            for (String name : List.of("int8", "uint8", "int16", "uint16", "int32")) {
                assertThat((Object) frame.getColumn(name)).as(name).isInstanceOf(IntSeries.class);
            }
            assertThat((Object) frame.getColumn("uint32")).isInstanceOf(LongSeries.class);
            assertThat((Object) frame.getColumn("int64")).isInstanceOf(LongSeries.class);
            assertThat((Object) frame.getColumn("float_HALF")).isInstanceOf(FloatSeries.class);
            assertThat((Object) frame.getColumn("float_SINGLE")).isInstanceOf(FloatSeries.class);
            assertThat((Object) frame.getColumn("float_DOUBLE")).isInstanceOf(DoubleSeries.class);
            assertThat((Object) frame.getColumn("bool")).isInstanceOf(BooleanSeries.class);
        }
    }

    @Test
    void equalTextsOfDictionariesAreOneObject() {
        try (MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 3, 8, 100)) {
            Series<?> words = DflibSink.frame().read(source).getColumn("words");
            Map<Object, Object> objects = new HashMap<>();
            for (Object word : words) {
                if (word != null) {
                    Object first = objects.putIfAbsent(word, word);
                    assertThat(word).isSameAs(first == null ? word : first);
                }
            }
            assertThat(objects.size()).isGreaterThan(5);
        }
    }

    @Test
    void columnsOfOneNameStayTwo() {
        List<Field> fields = List.of(
                RandomTables.encoded().get(0),
                RandomTables.encoded().get(0),
                RandomTables.flat().get(0));
        try (MemorySource source = RandomTables.source(allocator, fields, 3, 1, 20)) {
            DataFrame frame = DflibSink.frame().read(source);
            assertThat(frame.getColumnsIndex().toArray()).containsExactly("words", "words_", "bool");
            assertSame(frame, source);
        }
    }

    @Test
    void aResultWithoutRowsKeepsItsColumns() {
        DataFrame frame = DflibSink.frame().read(MemorySource.of(new Schema(RandomTables.flat()), List.of()));
        assertThat(frame.height()).isZero();
        assertThat(frame.width()).isEqualTo(RandomTables.flat().size());
    }

    @Test
    void whatTheSourceThrowsIsThrown() {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, everything(), 3, 3, 20)) {
            MemorySource source = whole.failing(lost);
            assertThatThrownBy(() -> DflibSink.frame().read(source)).isSameAs(lost);
            assertThat(source.open).hasValue(0);
        }
    }

    private static void assertSame(DataFrame frame, MemorySource source) {
        int start = 0;
        for (Batch batch : source.batches()) {
            List<ValueReader> columns = Columns.of(batch);
            for (int row = 0; row < batch.rowCount(); row++) {
                for (int i = 0; i < columns.size(); i++) {
                    Object expected = columns.get(i).get(row);
                    if (expected instanceof Byte || expected instanceof Short) {
                        expected = ((Number) expected).intValue();
                    }
                    Object actual = frame.getColumn(i).get(start + row);
                    assertThat(actual)
                            .as(batch.schema().getFields().get(i).getName())
                            .isEqualTo(expected);
                }
            }
            start += batch.rowCount();
        }
    }

    private static List<Field> everything() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        return fields;
    }
}
