package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.SampleTypes;
import dev.bowyer.client.frame.value.SampleVectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Values of every type, in frames, slices of frames and streams of them. */
class ArrowFrameTest {
    private static final int ROWS = 37;

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private Batch batch(List<Field> fields, List<List<@Nullable Object>> columns) {
        SampleVectors vectors = new SampleVectors(allocator);
        List<FieldVector> written = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            written.add(vectors.write(fields.get(i), columns.get(i)));
        }
        return Batch.of(new Schema(fields), written, columns.get(0).size(), vectors.dictionaries(), 0);
    }

    @Test
    void whatAnIteratorHasLookedAtIsNotLost() {
        Field id = SampleTypes.of("id", new ArrowType.Int(32, true));
        try (ArrowFrame frame =
                new SampleFrames(allocator).add(id, List.of(1, 2, 3)).frame(1)) {
            List<Object> rows = new ArrayList<>();
            try (BatchStream stream = frame.stream()) {
                assertThat(stream.iterator().hasNext()).isTrue();
                stream.drain(batch -> rows.add(((IntVector) batch.vector(0)).getObject(0)));
                assertThat(stream.iterator().hasNext()).isFalse();
            }
            assertThat(rows).containsExactly(1, 2, 3);
            try (BatchStream stream = frame.stream()) {
                assertThat(stream.iterator().hasNext()).isTrue();
            }
        }
    }

    private Batch batch(Field field, List<@Nullable Object> values) {
        return batch(List.of(field), List.of(values));
    }

    private static List<Object> read(ArrowFrame frame) {
        List<Object> values = new ArrayList<>();
        for (Row row : frame) {
            values.add(SampleVectors.plain(row.get(0)));
        }
        return values;
    }

    private static List<Object> readStream(ArrowFrame frame) {
        List<Object> values = new ArrayList<>();
        List<Batch> kept = new ArrayList<>();
        try (BatchStream stream = frame.stream()) {
            stream.forEach(kept::add);
        }
        try (ArrowFrame again = ArrowFrame.of(frame.schema(), kept)) {
            values.addAll(read(again));
        }
        return values;
    }

    private static List<Object> plain(List<@Nullable Object> values) {
        return values.stream().map(SampleVectors::plain).toList();
    }

    @TestFactory
    List<DynamicTest> everyTypeReadsBackWhole() {
        return SampleTypes.all().stream()
                .map(field -> DynamicTest.dynamicTest(field.getName(), () -> {
                    Random random = new Random(field.getName().hashCode());
                    for (int rows : new int[] {0, 1, 8, ROWS, 500}) {
                        List<@Nullable Object> values = SampleTypes.values(field, rows, random);
                        try (ArrowFrame frame =
                                ArrowFrame.of(new Schema(List.of(field)), List.of(batch(field, values)))) {
                            assertThat(read(frame)).isEqualTo(plain(values));
                            assertThat(frame.column(0).nullCount())
                                    .isEqualTo(values.stream()
                                            .filter(value -> value == null)
                                            .count());
                        }
                    }
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> everySliceOfEveryTypeIsThoseRows() {
        return SampleTypes.all().stream()
                .map(field -> DynamicTest.dynamicTest(field.getName(), () -> {
                    Random random = new Random(field.getName().hashCode());
                    List<@Nullable Object> values = SampleTypes.values(field, ROWS, random);
                    List<Object> expected = plain(values);
                    try (ArrowFrame frame = ArrowFrame.of(new Schema(List.of(field)), List.of(batch(field, values)))) {
                        for (int offset = 0; offset <= ROWS; offset++) {
                            int length = random.nextInt(ROWS - offset + 1);
                            try (ArrowFrame slice = frame.slice(offset, length)) {
                                assertThat(read(slice)).isEqualTo(expected.subList(offset, offset + length));
                                assertThat(readStream(slice)).isEqualTo(expected.subList(offset, offset + length));
                            }
                        }
                    }
                }))
                .toList();
    }

    @Test
    void childrenOfTheSameNameAreKeptApart() {
        Field text = SampleTypes.of("a", ArrowType.Utf8.INSTANCE);
        Field number = SampleTypes.of("a", new ArrowType.Int(64, true));
        Field list = SampleTypes.of(
                "b", ArrowType.List.INSTANCE, SampleTypes.of("item", ArrowType.Struct.INSTANCE, text, number));
        Field struct = SampleTypes.of("s", ArrowType.Struct.INSTANCE, text, number, list);
        FieldVector vector = FieldTypes.vectorField(struct).createVector(allocator);
        StructVector target = (StructVector) vector;
        target.allocateNew();
        target.setIndexDefined(0);
        target.setIndexDefined(1);
        ((VarCharVector) target.getChildrenFromFields().get(0)).setSafe(1, "x".getBytes(StandardCharsets.UTF_8));
        ((BigIntVector) target.getChildrenFromFields().get(1)).setSafe(1, 7);
        target.setValueCount(2);
        Schema schema = new Schema(List.of(struct));
        Batch batch = Batch.of(schema, List.of(vector), 2, Map.of(), 0);
        try (ArrowFrame frame = ArrowFrame.of(schema, List.of(batch));
                ArrowFrame slice = frame.slice(1, 1)) {
            assertThat(slice.row(0).get(0)).hasToString("{a=x, a#2=7, b=null}");
            assertThat(readStream(slice)).isEqualTo(read(slice));
        }
    }

    @Test
    void aClosedFrameSaysSo() {
        Field field = SampleTypes.scalars().get(2);
        ArrowFrame frame = ArrowFrame.of(new Schema(List.of(field)), List.of(batch(field, List.of((byte) 1))));
        Column column = frame.column(0);
        LongColumn longs = column.longs();
        frame.close();
        frame.close();
        List<Runnable> uses = List.of(
                () -> frame.column(0),
                () -> column.get(0),
                () -> longs.get(0),
                longs::toArray,
                frame::stream,
                () -> frame.slice(0, 1),
                frame::byteCount,
                () -> frame.toText(1));
        for (Runnable use : uses) {
            assertThatThrownBy(use::run)
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.CLOSED));
        }
    }
}
