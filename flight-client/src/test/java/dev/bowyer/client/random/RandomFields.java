package dev.bowyer.client.random;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.arrow.vector.extension.OpaqueType;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of every type that arrow-vector 19 has a vector for. Left out are Decimal32 and Decimal64: arrow-vector takes
 * their type but reads 16 bytes a value.
 */
final class RandomFields {
    private static final int MAX_COLUMNS = 6;
    private static final int MAX_DEPTH = 3;
    private static final int[] INT_WIDTHS = {8, 16, 32, 64};
    private static final List<String> TIME_ZONES = List.of("UTC", "Europe/Berlin", "+05:30");

    static {
        // A type that is not known comes as its storage, with the name in the metadata.
        OpaqueType.ensureRegistered();
    }

    private final RandomGenerator random;
    private long nextDictionary;

    RandomFields(RandomGenerator random) {
        this.random = random;
        nextDictionary = random.nextInt(3);
    }

    /** Columns may be none, and two may have one name. */
    Schema schema() {
        int columns = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(MAX_COLUMNS);
        List<Field> fields = new ArrayList<>();
        for (int column = 0; column < columns; column++) {
            fields.add(field(random.nextInt(30) == 0 ? "twice" : "c" + column, MAX_DEPTH));
        }
        return new Schema(fields, random.nextInt(4) == 0 ? Map.of("made by", "a seed", "größe", "") : null);
    }

    private Field field(String name, int depth) {
        boolean nested = depth > 0 && random.nextInt(3) == 0;
        Field plain = nested ? nested(name, depth - 1) : leaf(name, leafType());
        // The types of vectors that have no validity of their own are not looked up in dictionaries by anyone.
        boolean encodable = !(plain.getType() instanceof ArrowType.Null
                || plain.getType() instanceof ArrowType.Union
                || plain.getType() instanceof ArrowType.RunEndEncoded
                || plain.getType() instanceof ArrowType.ExtensionType);
        return encodable && random.nextInt(nested ? 12 : 5) == 0 ? encoded(plain) : plain;
    }

    private Field encoded(Field values) {
        ArrowType.Int indices = new ArrowType.Int(pick(INT_WIDTHS), random.nextInt(3) > 0);
        DictionaryEncoding encoding = new DictionaryEncoding(nextDictionary++, random.nextBoolean(), indices);
        return new Field(
                values.getName(),
                new FieldType(values.isNullable(), values.getType(), encoding, values.getMetadata()),
                values.getChildren());
    }

    private Field leaf(String name, ArrowType type) {
        return new Field(name, fieldType(type), null);
    }

    private FieldType fieldType(ArrowType type) {
        boolean nullable = type instanceof ArrowType.Null || random.nextInt(5) > 0;
        // Of extension types the metadata is where the type is kept.
        boolean named = !(type instanceof ArrowType.ExtensionType) && random.nextInt(6) == 0;
        return new FieldType(
                nullable, type, null, named ? Map.of("unit", "m", "ARROW:extension:name", "no.such") : null);
    }

    private Field nested(String name, int depth) {
        return switch (random.nextInt(11)) {
            case 0, 1 -> parent(name, ArrowType.Struct.INSTANCE, children("f", random.nextInt(4), depth));
            case 2 -> parent(name, ArrowType.List.INSTANCE, children("item", 1, depth));
            case 3 -> parent(name, ArrowType.LargeList.INSTANCE, children("item", 1, depth));
            case 4 -> parent(name, ArrowType.ListView.INSTANCE, children("item", 1, depth));
            case 5 -> parent(name, ArrowType.LargeListView.INSTANCE, children("item", 1, depth));
            case 6 -> fixedSizeList(name, depth);
            case 7 -> map(name, depth);
            case 8 -> union(name, UnionMode.Sparse, depth);
            case 9 -> union(name, UnionMode.Dense, depth);
            default -> runs(name, depth);
        };
    }

    /** Not of unions: arrow-vector cannot make such a vector, it compares the type ids before they are set. */
    private Field fixedSizeList(String name, int depth) {
        Field item = field("item", depth);
        while (item.getType() instanceof ArrowType.Union) {
            item = field("item", depth);
        }
        return parent(name, new ArrowType.FixedSizeList(1 + random.nextInt(3)), List.of(item));
    }

    private Field parent(String name, ArrowType type, List<Field> children) {
        return new Field(name, fieldType(type), children);
    }

    private List<Field> children(String name, int count, int depth) {
        List<Field> children = new ArrayList<>();
        for (int child = 0; child < count; child++) {
            children.add(field(name + child, depth));
        }
        return children;
    }

    private Field map(String name, int depth) {
        Field key = new Field("key", FieldType.notNullable(leafTypeOfKeys()), null);
        Field entries = new Field(
                "entries", FieldType.notNullable(ArrowType.Struct.INSTANCE), List.of(key, field("value", depth)));
        return parent(name, new ArrowType.Map(random.nextInt(4) == 0), List.of(entries));
    }

    private Field union(String name, UnionMode mode, int depth) {
        int members = 1 + random.nextInt(4);
        int first = random.nextInt(3) == 0 ? random.nextInt(100) : 0;
        int step = random.nextInt(3) == 0 ? 2 : 1;
        int[] typeIds = IntStream.range(0, members).map(i -> first + i * step).toArray();
        Field union = parent(name, new ArrowType.Union(mode, typeIds), children("m", members, depth));
        return new Field(name, FieldType.nullable(union.getType()), union.getChildren());
    }

    private Field runs(String name, int depth) {
        Field ends =
                new Field("run_ends", FieldType.notNullable(new ArrowType.Int(16 << random.nextInt(3), true)), null);
        return parent(name, ArrowType.RunEndEncoded.INSTANCE, List.of(ends, field("values", depth)));
    }

    private ArrowType leafTypeOfKeys() {
        return random.nextBoolean() ? ArrowType.Utf8.INSTANCE : new ArrowType.Int(32, true);
    }

    private ArrowType leafType() {
        return switch (random.nextInt(8)) {
            case 0 -> new ArrowType.Int(pick(INT_WIDTHS), random.nextBoolean());
            case 1 -> new ArrowType.FloatingPoint(pick(FloatingPointPrecision.values()));
            case 2, 3 -> textOrBytes();
            case 4 -> decimal();
            case 5, 6 -> time();
            default -> rare();
        };
    }

    private ArrowType textOrBytes() {
        return switch (random.nextInt(7)) {
            case 0 -> ArrowType.Utf8.INSTANCE;
            case 1 -> ArrowType.LargeUtf8.INSTANCE;
            case 2 -> ArrowType.Utf8View.INSTANCE;
            case 3 -> ArrowType.Binary.INSTANCE;
            case 4 -> ArrowType.LargeBinary.INSTANCE;
            case 5 -> ArrowType.BinaryView.INSTANCE;
            default -> new ArrowType.FixedSizeBinary(1 + random.nextInt(20));
        };
    }

    private ArrowType decimal() {
        boolean wide = random.nextBoolean();
        int precision = 1 + random.nextInt(wide ? 76 : 38);
        int scale = random.nextInt(8) == 0 ? -random.nextInt(5) : random.nextInt(precision + 1);
        return new ArrowType.Decimal(precision, scale, wide ? 256 : 128);
    }

    private ArrowType time() {
        TimeUnit unit = pick(TimeUnit.values());
        return switch (random.nextInt(6)) {
            case 0 -> new ArrowType.Date(pick(DateUnit.values()));
            case 1 -> new ArrowType.Time(unit, unit.compareTo(TimeUnit.MICROSECOND) < 0 ? 32 : 64);
            case 2 -> new ArrowType.Timestamp(unit, null);
            case 3 -> new ArrowType.Timestamp(unit, TIME_ZONES.get(random.nextInt(TIME_ZONES.size())));
            case 4 -> new ArrowType.Duration(unit);
            default -> new ArrowType.Interval(pick(IntervalUnit.values()));
        };
    }

    private ArrowType rare() {
        return switch (random.nextInt(6)) {
            case 0 -> ArrowType.Null.INSTANCE;
            case 1 -> UuidType.INSTANCE;
            case 2 -> new OpaqueType(ArrowType.Utf8.INSTANCE, "geometry", "a database");
            default -> ArrowType.Bool.INSTANCE;
        };
    }

    private <T> T pick(T[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private int pick(int[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** The field of the values of a dictionary: the same without its encoding. */
    static Field valuesOf(Field encoded) {
        return new Field(
                encoded.getName(),
                new FieldType(encoded.isNullable(), encoded.getType(), null, encoded.getMetadata()),
                encoded.getChildren());
    }

    /** What the values of a type are kept as. */
    static ArrowType stored(ArrowType type) {
        return type instanceof ArrowType.ExtensionType extension ? extension.storageType() : type;
    }

    /** The encoding's index type; 32 bits with a sign when it has none. */
    static ArrowType.Int indexType(DictionaryEncoding encoding) {
        ArrowType.@Nullable Int named = encoding.getIndexType();
        return named == null ? new ArrowType.Int(32, true) : named;
    }
}
