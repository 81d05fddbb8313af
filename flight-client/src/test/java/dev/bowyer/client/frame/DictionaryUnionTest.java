package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.SampleTypes;
import dev.bowyer.client.frame.value.SampleVectors;
import dev.bowyer.client.frame.value.VectorSlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Chunks whose dictionaries differ. */
class DictionaryUnionTest {
    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    private Batch batch(Field field, List<? extends @Nullable Object> values) {
        SampleVectors vectors = new SampleVectors(allocator);
        var vector = vectors.write(field, values);
        return Batch.of(new Schema(List.of(field)), List.of(vector), values.size(), vectors.dictionaries(), 0);
    }

    private ArrowFrame frame(Field field, List<? extends List<? extends @Nullable Object>> chunks) {
        return ArrowFrame.of(
                new Schema(List.of(field)),
                chunks.stream().map(chunk -> batch(field, chunk)).toList());
    }

    private static List<Object> read(ArrowFrame frame) {
        List<Object> values = new ArrayList<>();
        frame.forEach(row -> values.add(SampleVectors.plain(row.get(0))));
        return values;
    }

    private static List<SharedDictionary> dictionaries(ArrowFrame frame) {
        List<SharedDictionary> result = new ArrayList<>();
        try (BatchStream stream = frame.stream()) {
            stream.drain(batch -> result.addAll(batch.dictionaries().values()));
        }
        return result;
    }

    @Test
    void valuesOfTwoDictionariesAreTheirOwn() {
        Field colour =
                SampleTypes.encoded(SampleTypes.of("colour", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, true));
        try (ArrowFrame frame = frame(colour, List.of(List.of("red", "green"), List.of("blue", "red")));
                ArrowFrame unified = frame.unified()) {
            assertThat(frame.strings("colour").toList()).containsExactly("red", "green", "blue", "red");
            assertThat(unified.strings("colour").toList()).containsExactly("red", "green", "blue", "red");
            List<SharedDictionary> dictionaries = dictionaries(unified);
            assertThat(dictionaries).hasSize(2);
            assertThat(dictionaries.get(0)).isSameAs(dictionaries.get(1));
        }
    }

    @TestFactory
    List<DynamicTest> dictionariesOfEveryScalarTypeBecomeOne() {
        return SampleTypes.scalars().stream()
                .map(field -> DynamicTest.dynamicTest(field.getName(), () -> {
                    Field encoded = SampleTypes.encoded(field, new ArrowType.Int(16, true));
                    Random random = new Random(field.getName().hashCode());
                    List<List<@Nullable Object>> chunks = List.of(
                            SampleTypes.values(field, 20, random),
                            SampleTypes.values(field, 0, random),
                            SampleTypes.values(field, 33, random));
                    List<Object> expected = chunks.stream()
                            .flatMap(List::stream)
                            .map(SampleVectors::plain)
                            .toList();
                    try (ArrowFrame frame = frame(encoded, chunks);
                            ArrowFrame slice = frame.slice(7, 40);
                            ArrowFrame unified = slice.unified()) {
                        assertThat(read(frame)).isEqualTo(expected);
                        assertThat(read(unified)).isEqualTo(expected.subList(7, 47));
                        assertThat(dictionaries(unified).stream().distinct()).hasSize(1);
                    }
                }))
                .toList();
    }

    @Test
    void nestedDictionariesBecomeOneToo() {
        Field zone = SampleTypes.encoded(SampleTypes.of("zone", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, true));
        Field list = SampleTypes.of("zones", ArrowType.List.INSTANCE, zone);
        List<List<@Nullable Object>> first = new ArrayList<>(List.of(List.of("a", "b"), List.of()));
        List<List<@Nullable Object>> second = new ArrayList<>(List.of(List.of("c", "b", "a")));
        try (ArrowFrame frame = frame(list, List.of(first, second));
                ArrowFrame unified = frame.unified()) {
            assertThat(read(frame)).containsExactly(List.of("a", "b"), List.of(), List.of("c", "b", "a"));
            assertThat(read(unified)).isEqualTo(read(frame));
            assertThat(dictionaries(unified).stream().distinct()).hasSize(1);
        }
    }

    @Test
    void indicesBecomeWiderWhereTheyMust() {
        Field zone = SampleTypes.encoded(SampleTypes.of("zone", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, true));
        List<String> first = IntStream.range(0, 100).mapToObj(i -> "zone " + i).toList();
        List<String> second =
                IntStream.range(90, 210).mapToObj(i -> "zone " + i).toList();
        try (ArrowFrame frame = frame(zone, List.of(first, second));
                ArrowFrame unified = frame.unified()) {
            List<@Nullable String> all = new ArrayList<>(first);
            all.addAll(second);
            assertThat(unified.strings("zone").toList()).isEqualTo(all);
            Field field = unified.schema().getFields().get(0);
            assertThat(Objects.requireNonNull(field.getDictionary()).getIndexType())
                    .isEqualTo(new ArrowType.Int(16, true));
        }
    }

    @Test
    void oneDictionaryStaysAsItIs() {
        Field zone = SampleTypes.encoded(SampleTypes.of("zone", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, true));
        Batch batch = batch(zone, List.of("a", "b"));
        try (ArrowFrame frame = ArrowFrame.of(batch.schema(), List.of(batch, batch.share()))) {
            long before = allocator.getAllocatedMemory();
            try (ArrowFrame unified = frame.unified()) {
                assertThat(allocator.getAllocatedMemory()).isEqualTo(before);
                assertThat(unified.strings("zone").toList()).containsExactly("a", "b", "a", "b");
            }
        }
    }

    @Test
    void dictionariesWithinOneDictionaryAreRefusedWhenTheyDiffer() {
        Field zone = SampleTypes.encoded(SampleTypes.of("zone", ArrowType.Utf8.INSTANCE), new ArrowType.Int(32, true));
        Field trip = SampleTypes.encoded(SampleTypes.of("trip", ArrowType.Struct.INSTANCE, zone), null);
        List<Map<String, String>> trips = List.of(Map.of("zone", "a"), Map.of("zone", "b"));
        Batch first = batch(trip, trips);
        Batch other = batch(trip, List.of(Map.of("zone", "b"), Map.of("zone", "a")));
        long outer = Objects.requireNonNull(trip.getDictionary()).getId();
        long inner = Objects.requireNonNull(zone.getDictionary()).getId();
        SharedDictionary outers = Objects.requireNonNull(first.dictionaries().get(outer));
        SharedDictionary inners = Objects.requireNonNull(other.dictionaries().get(inner));
        // the second chunk has the same trips, whose zones now mean others
        Batch second = Batch.of(
                first.schema(),
                List.of(VectorSlice.of(first.vector(0), FieldTypes.vectorField(trip), 0, 2)),
                2,
                Map.of(outer, outers.retain(), inner, inners.retain()),
                0);
        other.close();
        try (ArrowFrame frame = ArrowFrame.of(first.schema(), List.of(first, second))) {
            assertThat(frame.column(0).get(0)).isEqualTo(trips.get(0));
            assertThat(frame.column(0).get(2)).isEqualTo(trips.get(1));
            assertThatThrownBy(frame::unified)
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.UNIMPLEMENTED))
                    .hasMessageContaining("'zone'")
                    .hasMessageContaining("'trip'");
        }
    }

    @Test
    void indicesOfNothingAreRefused() {
        Field code = SampleTypes.encoded(SampleTypes.of("code", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, false));
        List<String> first = IntStream.range(0, 256).mapToObj(i -> "code " + i).toList();
        Batch second = batch(code, Arrays.asList("code 1", null));
        ((UInt1Vector) second.vector(0)).set(0, 200);
        try (ArrowFrame frame = ArrowFrame.of(second.schema(), List.of(batch(code, first), second))) {
            assertThatThrownBy(frame::unified)
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.BAD_ANSWER))
                    .hasMessageContaining("'code'")
                    .hasMessageContaining("value 200 of 2");
        }
    }

    @Test
    void textThatIsNotUtf8StaysWhatItIs() {
        Field code = SampleTypes.encoded(SampleTypes.of("code", ArrowType.Utf8.INSTANCE), new ArrowType.Int(8, true));
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            VarCharVector values = new VarCharVector("code", allocator);
            values.setSafe(0, new byte[] {(byte) (0xfe + i)});
            values.setValueCount(1);
            TinyIntVector indices = (TinyIntVector) FieldTypes.vectorField(code).createVector(allocator);
            indices.setSafe(0, 0);
            indices.setValueCount(1);
            DictionaryEncoding encoding = Objects.requireNonNull(code.getDictionary());
            SharedDictionary dictionary = new SharedDictionary(new Dictionary(values, encoding));
            batches.add(
                    Batch.of(new Schema(List.of(code)), List.of(indices), 1, Map.of(encoding.getId(), dictionary), 0));
        }
        try (ArrowFrame frame = ArrowFrame.of(new Schema(List.of(code)), batches);
                ArrowFrame unified = frame.unified()) {
            VarCharVector merged =
                    (VarCharVector) dictionaries(unified).get(0).dictionary().getVector();
            assertThat(merged.getValueCount()).isEqualTo(2);
            assertThat(merged.get(0)).containsExactly(0xfe);
            assertThat(merged.get(1)).containsExactly(0xff);
        }
    }

    @Test
    void dictionariesOfNestedValuesReadRightButDoNotBecomeOne() {
        Field item = SampleTypes.of("item", new ArrowType.Int(32, true));
        Field lists = SampleTypes.encoded(SampleTypes.of("lists", ArrowType.List.INSTANCE, item), null);
        try (ArrowFrame frame = frame(lists, List.of(List.of(List.of(1, 2), List.of(3)), List.of(List.of(4))))) {
            assertThat(read(frame)).containsExactly(List.of(1, 2), List.of(3), List.of(4));
            assertThatThrownBy(frame::unified)
                    .isInstanceOfSatisfying(
                            BowyerException.class, e -> assertThat(e.code()).isEqualTo(ErrorCodes.UNIMPLEMENTED))
                    .hasMessageContaining("lists")
                    .hasMessageContaining("list<int32>");
        }
    }
}
