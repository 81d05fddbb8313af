package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.Types.MinorType;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Tables of every type; every batch has dictionaries of its own. */
final class RandomTables {
    private static final ArrowType.Int INT8 = new ArrowType.Int(8, true);
    private static final ArrowType.Int INT32 = new ArrowType.Int(32, true);
    private static final ArrowType UTF8 = new ArrowType.Utf8();

    private RandomTables() {}

    static MemorySource source(BufferAllocator allocator, List<Field> fields, long seed, int batches, int rows) {
        Random random = new Random(seed);
        Schema schema = new Schema(fields, Map.of("origin", "seed " + seed));
        List<Batch> all = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            all.add(batch(allocator, schema, random, i == 0 ? rows : random.nextInt(rows + 1)));
        }
        return MemorySource.of(schema, all);
    }

    /** One field of each type that has no parts. */
    static List<Field> flat() {
        List<Field> fields = new ArrayList<>();
        fields.add(field("bool", new ArrowType.Bool()));
        for (int width : new int[] {8, 16, 32, 64}) {
            fields.add(field("int" + width, new ArrowType.Int(width, true)));
            fields.add(field("uint" + width, new ArrowType.Int(width, false)));
        }
        for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
            fields.add(field("float_" + precision, new ArrowType.FloatingPoint(precision)));
        }
        fields.add(field("decimal", new ArrowType.Decimal(20, 5, 128)));
        fields.add(field("decimal256", new ArrowType.Decimal(60, 7, 256)));
        fields.add(field("utf8", UTF8));
        fields.add(field("large_utf8", new ArrowType.LargeUtf8()));
        fields.add(field("utf8_view", new ArrowType.Utf8View()));
        fields.add(field("binary", new ArrowType.Binary()));
        fields.add(field("large_binary", new ArrowType.LargeBinary()));
        fields.add(field("binary_view", new ArrowType.BinaryView()));
        fields.add(field("fixed_binary", new ArrowType.FixedSizeBinary(5)));
        fields.add(field("date", new ArrowType.Date(DateUnit.DAY)));
        fields.add(field("date_ms", new ArrowType.Date(DateUnit.MILLISECOND)));
        for (TimeUnit unit : TimeUnit.values()) {
            int width = unit.compareTo(TimeUnit.MICROSECOND) < 0 ? 32 : 64;
            fields.add(field("time_" + unit, new ArrowType.Time(unit, width)));
            fields.add(field("timestamp_" + unit, new ArrowType.Timestamp(unit, null)));
            fields.add(field("timestamp_utc_" + unit, new ArrowType.Timestamp(unit, "UTC")));
            fields.add(field("duration_" + unit, new ArrowType.Duration(unit)));
        }
        fields.add(field("timestamp_zone", new ArrowType.Timestamp(TimeUnit.MICROSECOND, "Europe/Berlin")));
        fields.add(field("months", new ArrowType.Interval(IntervalUnit.YEAR_MONTH)));
        fields.add(field("day_time", new ArrowType.Interval(IntervalUnit.DAY_TIME)));
        fields.add(field("month_day_nano", new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO)));
        fields.add(field("null", new ArrowType.Null()));
        return fields;
    }

    /** Encoded fields whose values are numbers, as those of the indices are: each width of one with each of the other. */
    static List<Field> encodedNumbers() {
        List<Field> fields = new ArrayList<>();
        for (int width : new int[] {8, 16, 32, 64}) {
            for (int index : new int[] {8, 16, 32, 64}) {
                String widths = width + "_by_" + index;
                long id = 100L * width + index;
                ArrowType.Int type = new ArrowType.Int(index, true);
                fields.add(encoded("int" + widths, new ArrowType.Int(width, true), id, type, List.of()));
                fields.add(encoded("uint" + widths, new ArrowType.Int(width, false), -id, type, List.of()));
            }
        }
        int id = 1;
        for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
            fields.add(encoded("float_" + precision, new ArrowType.FloatingPoint(precision), id++, INT32, List.of()));
        }
        return fields;
    }

    /** Encoded fields, also of types that are not text. */
    static List<Field> encoded() {
        return List.of(
                encoded("words", UTF8, 1, INT8, List.of()),
                encoded("more_words", new ArrowType.LargeUtf8(), 2, new ArrowType.Int(16, false), List.of()),
                encoded("numbers", new ArrowType.Int(64, true), 3, INT32, List.of()),
                encoded("same_words", UTF8, 1, INT8, List.of()));
    }

    /** Fields with parts, encoded ones among them. */
    static List<Field> nested() {
        Field word = encoded("word", UTF8, 10, INT8, List.of());
        Field number = field("number", INT32);
        Field text = field("text", UTF8);
        Field key = new Field("key", FieldType.notNullable(UTF8), List.of());
        return List.of(
                parts("list", new ArrowType.List(), number),
                parts("large_list", new ArrowType.LargeList(), text),
                parts("fixed_list", new ArrowType.FixedSizeList(3), number),
                parts("struct", new ArrowType.Struct(), number, text),
                parts("deep", new ArrowType.List(), parts("row", new ArrowType.Struct(), text, word)),
                parts(
                        "map",
                        new ArrowType.Map(false),
                        new Field("entries", FieldType.notNullable(new ArrowType.Struct()), List.of(key, number))),
                encoded("struct_dictionary", new ArrowType.Struct(), 11, INT8, List.of(number, word)));
    }

    /** Fields whose values are of several types, or run-end encoded. */
    @SuppressWarnings("EnumOrdinal") // Arrow's own ids of the types in a union
    static List<Field> rare() {
        int[] ids = {MinorType.INT.ordinal(), MinorType.VARCHAR.ordinal()};
        Field number = field("int", INT32);
        Field text = field("varchar", UTF8);
        return List.of(
                parts("sparse_union", new ArrowType.Union(UnionMode.Sparse, ids), number, text),
                parts("dense_union", new ArrowType.Union(UnionMode.Dense, new int[] {0, 1}), number, text),
                parts(
                        "runs",
                        new ArrowType.RunEndEncoded(),
                        new Field("run_ends", FieldType.notNullable(INT32), List.of()),
                        text));
    }

    static Field field(String name, ArrowType type) {
        return new Field(name, FieldType.nullable(type), List.of());
    }

    static Field encoded(String name, ArrowType type, long id, ArrowType.Int index, List<Field> children) {
        return new Field(name, new FieldType(true, type, new DictionaryEncoding(id, false, index)), children);
    }

    private static Field parts(String name, ArrowType type, Field... parts) {
        return new Field(name, FieldType.nullable(type), List.of(parts));
    }

    private static Batch batch(BufferAllocator allocator, Schema schema, Random random, int rows) {
        Map<Long, SharedDictionary> dictionaries = new LinkedHashMap<>();
        Map<Long, Integer> sizes = new LinkedHashMap<>();
        Encodings.of(schema).forEach((id, field) -> {
            Field memory = Encodings.memory(Encodings.values(field));
            FieldVector values = memory.createVector(allocator);
            int size = 1 + random.nextInt(12);
            new RandomValues(random, sizes).fill(values, size);
            sizes.put(id, size);
            dictionaries.put(
                    id,
                    new SharedDictionary(
                            new Dictionary(values, java.util.Objects.requireNonNull(field.getDictionary()))));
        });
        List<FieldVector> vectors = new ArrayList<>();
        for (Field field : schema.getFields()) {
            FieldVector vector = Encodings.memory(field).createVector(allocator);
            new RandomValues(random, sizes).fill(vector, rows);
            vectors.add(vector);
        }
        return Batch.of(schema, vectors, rows, dictionaries, 0);
    }

    /** A value of a batch as {@link Cells#read} gives it. */
    static @Nullable Object value(Batch batch, int column, int row) {
        return Cells.read(batch.schema().getFields().get(column), batch.vector(column), row, id -> {
            Dictionary dictionary = batch.dictionary(id);
            return java.util.Objects.requireNonNull(dictionary).getVector();
        });
    }
}
