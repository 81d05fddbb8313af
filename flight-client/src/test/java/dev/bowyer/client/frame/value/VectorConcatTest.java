package dev.bowyer.client.frame.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.SharedDictionary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VectorConcatTest {
    private static final int SEEDS = 10;
    private static final int MOST_PARTS = 4;
    private static final int MOST_ROWS = 30;
    private static final Field NUMBER = SampleTypes.of("number", new ArrowType.Int(32, true));
    private static final Field LIST_VIEW = SampleTypes.of("views", ArrowType.ListView.INSTANCE, NUMBER);

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    /** Every type, and each within every type that has children. */
    private static List<Field> fields() {
        List<Field> fields = new ArrayList<>(SampleTypes.all());
        Field text = SampleTypes.of("sibling", ArrowType.Utf8View.INSTANCE);
        Field ends = new Field("run_ends", FieldType.notNullable(new ArrowType.Int(16, true)), List.of());
        for (Field child : SampleTypes.all()) {
            String of = " of " + child.getName();
            fields.add(SampleTypes.of("list" + of, ArrowType.List.INSTANCE, child));
            fields.add(SampleTypes.of("large list" + of, ArrowType.LargeList.INSTANCE, child));
            if (!(child.getType() instanceof ArrowType.Union)) { // arrow-java cannot make such a vector
                fields.add(SampleTypes.of("fixed list" + of, new ArrowType.FixedSizeList(2), child));
            }
            fields.add(SampleTypes.of("list view" + of, ArrowType.ListView.INSTANCE, child));
            fields.add(SampleTypes.of("large list view" + of, ArrowType.LargeListView.INSTANCE, child));
            fields.add(SampleTypes.of("struct" + of, ArrowType.Struct.INSTANCE, child, text));
            fields.add(SampleTypes.of("runs" + of, ArrowType.RunEndEncoded.INSTANCE, ends, child));
            for (UnionMode mode : UnionMode.values()) {
                ArrowType union = new ArrowType.Union(mode, new int[] {7, 2});
                fields.add(SampleTypes.of(mode + " union" + of, union, text, child)); // text takes the NULLs
            }
        }
        return fields;
    }

    private static boolean isEncoded(Field field) {
        return field.getDictionary() != null || field.getChildren().stream().anyMatch(VectorConcatTest::isEncoded);
    }

    private static List<Object> plain(List<? extends @Nullable Object> values) {
        return values.stream().map(SampleVectors::plain).toList();
    }

    private static List<Object> read(Field field, FieldVector vector, SampleVectors samples) {
        ValueReader reader = ValueReader.of(field, vector, id -> {
            SharedDictionary dictionary = samples.dictionaries().get(id);
            return dictionary == null ? null : dictionary.dictionary();
        });
        List<@Nullable Object> values = new ArrayList<>();
        for (int row = 0; row < vector.getValueCount(); row++) {
            values.add(reader.get(row));
        }
        return plain(values);
    }

    @Test
    void vectorsOfEveryType() {
        for (int seed = 0; seed < SEEDS; seed++) {
            for (Field field : fields()) {
                if (!isEncoded(field)) {
                    checkVectors(field, new Random(seed), "seed " + seed + " " + field);
                }
            }
        }
    }

    /** Vectors of their own, and slices of such. */
    private void checkVectors(Field field, Random random, String what) {
        SampleVectors samples = new SampleVectors(allocator);
        Field vectorField = FieldTypes.vectorField(field);
        List<FieldVector> parts = new ArrayList<>();
        List<@Nullable Object> expected = new ArrayList<>();
        for (int i = random.nextInt(MOST_PARTS + 1); i > 0; i--) {
            int rows = random.nextInt(3) == 0 ? 0 : random.nextInt(MOST_ROWS);
            List<@Nullable Object> values = SampleTypes.values(field, rows, random);
            FieldVector vector = samples.write(field, values);
            if (random.nextBoolean()) {
                int start = random.nextInt(rows + 1);
                int length = random.nextInt(rows - start + 1);
                parts.add(VectorSlice.of(vector, vectorField, start, length));
                expected.addAll(values.subList(start, start + length));
                vector.close();
            } else {
                parts.add(vector);
                expected.addAll(values);
            }
        }
        checkConcat(field, samples, parts, expected, what);
    }

    /** Slices of one vector, since all parts of an encoded one have the same dictionary. */
    @Test
    void slicesOfEveryType() {
        for (int seed = 0; seed < SEEDS; seed++) {
            for (Field field : fields()) {
                checkSlices(field, new Random(seed), "seed " + seed + " " + field);
            }
        }
    }

    private void checkSlices(Field field, Random random, String what) {
        SampleVectors samples = new SampleVectors(allocator);
        Field vectorField = FieldTypes.vectorField(field);
        List<@Nullable Object> values = SampleTypes.values(field, random.nextInt(2 * MOST_ROWS), random);
        List<FieldVector> parts = new ArrayList<>();
        List<@Nullable Object> expected = new ArrayList<>();
        try (FieldVector vector = samples.write(field, values)) {
            for (int i = random.nextInt(MOST_PARTS + 1); i > 0; i--) {
                int start = random.nextInt(values.size() + 1);
                int length = random.nextInt(values.size() - start + 1);
                parts.add(VectorSlice.of(vector, vectorField, start, length));
                expected.addAll(values.subList(start, start + length));
            }
        }
        checkConcat(field, samples, parts, expected, what);
    }

    /** The parts are closed before the result is read. */
    private void checkConcat(
            Field field,
            SampleVectors samples,
            List<FieldVector> parts,
            List<? extends @Nullable Object> expected,
            String what) {
        FieldVector result;
        try {
            result = VectorConcat.of(parts, FieldTypes.vectorField(field), allocator);
        } catch (RuntimeException e) {
            throw new AssertionError(what, e);
        } finally {
            parts.forEach(FieldVector::close);
        }
        try (result) {
            assertThat(read(field, result, samples)).as(what).isEqualTo(plain(expected));
            try (FieldVector again =
                    VectorConcat.of(List.of(result, result), FieldTypes.vectorField(field), allocator)) {
                List<@Nullable Object> twice = new ArrayList<>(expected);
                twice.addAll(expected);
                assertThat(read(field, again, samples)).as("%s twice", what).isEqualTo(plain(twice));
            }
        } finally {
            samples.dictionaries().values().forEach(SharedDictionary::release);
        }
        assertThat(allocator.getAllocatedMemory()).as(what).isZero();
    }

    @Test
    void memoryThatEndsAnywhereIsGivenBack() {
        int failures = 0;
        for (Field field : SampleTypes.all()) {
            SampleVectors samples = new SampleVectors(allocator);
            List<@Nullable Object> values = SampleTypes.values(field, MOST_ROWS, new Random(1));
            Field vectorField = FieldTypes.vectorField(field);
            try (FieldVector part = samples.write(field, values)) {
                boolean enough = false;
                for (long limit = 0; !enough; limit += 8 + limit / 4) {
                    try (BufferAllocator limited = allocator.newChildAllocator("limited", 0, limit)) {
                        try (FieldVector whole = VectorConcat.of(List.of(part, part), vectorField, limited)) {
                            enough = true;
                            assertThat(whole.getValueCount()).isEqualTo(2 * MOST_ROWS);
                        } catch (OutOfMemoryException e) {
                            failures++;
                        }
                        assertThat(limited.getAllocatedMemory()).as("%s", field).isZero();
                    }
                }
            } finally {
                samples.dictionaries().values().forEach(SharedDictionary::release);
            }
        }
        assertThat(failures).isGreaterThan(SampleTypes.all().size());
    }

    /** Of a slice of one row, not the memory of all that it was cut from. */
    @Test
    void whatNoRowRefersToIsLeftOut() {
        Field text = SampleTypes.of("text", ArrowType.Utf8View.INSTANCE);
        Field field = SampleTypes.of("views", ArrowType.ListView.INSTANCE, text);
        List<List<String>> values = Collections.nCopies(1000, List.of("x".repeat(100)));
        SampleVectors samples = new SampleVectors(allocator);
        try (FieldVector vector = samples.write(field, values);
                FieldVector slice = VectorSlice.of(vector, field, 500, 1);
                FieldVector whole = VectorConcat.of(List.of(slice, slice), field, allocator)) {
            assertThat(read(field, whole, samples))
                    .isEqualTo(plain(List.of(List.of("x".repeat(100)), List.of("x".repeat(100)))));
            assertThat(VectorSlice.byteCount(slice)).isGreaterThan(100_000);
            assertThat(VectorSlice.byteCount(whole)).isLessThan(1_000);
        }
    }

    @Test
    void nothingLiesUnderNullViews() {
        SampleVectors samples = new SampleVectors(allocator);
        List<@Nullable Object> values = new ArrayList<>();
        values.add(null);
        values.add(List.of(1, 2));
        try (FieldVector vector = samples.write(LIST_VIEW, values)) {
            vector.getOffsetBuffer().setInt(0, -5);
            ((ListViewVector) vector).getSizeBuffer().setInt(0, 1 << 30);
            try (FieldVector whole = VectorConcat.of(List.of(vector, vector), LIST_VIEW, allocator)) {
                List<@Nullable Object> twice = new ArrayList<>(values);
                twice.addAll(values);
                assertThat(read(LIST_VIEW, whole, samples)).isEqualTo(plain(twice));
                assertThat(((ListViewVector) whole).getSizeBuffer().getInt(0)).isZero();
            }
        }
    }

    @Test
    void listViewsOutsideTheirElements() {
        try (FieldVector vector =
                new SampleVectors(allocator).write(LIST_VIEW, List.of(List.of(1, 2, 3), List.of(4)))) {
            vector.getOffsetBuffer().setInt(0, 2);
            assertBad(vector, LIST_VIEW, "the column 'views' refers to 3 values from 2, of 4");
            vector.getOffsetBuffer().setInt(0, -1);
            assertBad(vector, LIST_VIEW, "the column 'views' refers to 3 values from -1, of 4");
        }
    }

    @Test
    void unionsOutsideTheirChildren() {
        Field field = SampleTypes.of("union", new ArrowType.Union(UnionMode.Dense, new int[] {4}), NUMBER);
        try (FieldVector vector = new SampleVectors(allocator).write(field, List.of(1, 2))) {
            ((DenseUnionVector) vector).getOffsetBuffer().setInt(4, 2);
            assertBad(vector, field, "the column 'union' refers to 1 values from 2, of 2");
        }
    }

    @Test
    void viewsOutsideTheirBuffers() {
        Field field = SampleTypes.of("text", ArrowType.Utf8View.INSTANCE);
        try (FieldVector vector = new SampleVectors(allocator).write(field, List.of("more than twelve bytes"))) {
            vector.getDataBuffer().setInt(8, 3);
            assertBad(vector, field, "the column 'text' has a view of byte 0 of buffer 3");
        }
    }

    @Test
    void offsetsThatFall() {
        Field field = SampleTypes.of("text", ArrowType.Utf8.INSTANCE);
        try (FieldVector vector = new SampleVectors(allocator).write(field, List.of("a", "b"))) {
            vector.getOffsetBuffer().setInt(8, -1);
            assertBad(vector, field, "the column 'text' has offsets from 0 to -1");
        }
    }

    @Test
    void runsThatEndEarly() {
        Field ends = new Field("run_ends", FieldType.notNullable(new ArrowType.Int(16, true)), List.of());
        Field field = SampleTypes.of("runs", ArrowType.RunEndEncoded.INSTANCE, ends, NUMBER);
        try (FieldVector vector = new SampleVectors(allocator).write(field, List.of(1, 2, 3))) {
            ((RunEndEncodedVector) vector).loadFieldBuffers(new ArrowFieldNode(4, 0), List.of());
            assertBad(vector, field, "the column 'runs' has runs that end before its last row");
        }
        try (FieldVector vector = new SampleVectors(allocator).write(field, Collections.nCopies(20_000, 1))) {
            assertThatThrownBy(() -> VectorConcat.of(List.of(vector, vector), field, allocator))
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.UNIMPLEMENTED))
                    .hasMessageContaining("the column 'runs' has 40000 values or bytes in all, more than 32767");
        }
    }

    private void assertBad(FieldVector vector, Field field, String message) {
        long before = allocator.getAllocatedMemory();
        assertThatThrownBy(() -> VectorConcat.of(List.of(vector, vector), field, allocator))
                .isInstanceOfSatisfying(
                        BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.BAD_ANSWER))
                .hasMessageContaining(message);
        assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
    }
}
