package dev.bowyer.client.frame.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.PeriodDuration;
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
import org.jspecify.annotations.Nullable;

/** Every type of Arrow, and random values of it as ValueReader reads them. */
public final class SampleTypes {
    private static final AtomicLong NEXT_DICTIONARY = new AtomicLong();

    private SampleTypes() {}

    public static Field of(String name, ArrowType type, Field... children) {
        return new Field(name, FieldType.nullable(type), List.of(children));
    }

    public static Field encoded(Field field, ArrowType.@Nullable Int index) {
        DictionaryEncoding encoding = new DictionaryEncoding(NEXT_DICTIONARY.incrementAndGet(), false, index);
        FieldType type = new FieldType(true, field.getType(), encoding, field.getMetadata());
        return new Field(field.getName(), type, field.getChildren());
    }

    public static List<Field> scalars() {
        List<ArrowType> types = new ArrayList<>(List.of(ArrowType.Null.INSTANCE, ArrowType.Bool.INSTANCE));
        for (int bits = 8; bits <= 64; bits *= 2) {
            types.add(new ArrowType.Int(bits, true));
            types.add(new ArrowType.Int(bits, false));
        }
        for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
            types.add(new ArrowType.FloatingPoint(precision));
        }
        types.add(new ArrowType.Decimal(9, 2, 32));
        types.add(new ArrowType.Decimal(18, 5, 64));
        types.add(new ArrowType.Decimal(38, 10, 128));
        types.add(new ArrowType.Decimal(5, -2, 128));
        types.add(new ArrowType.Decimal(76, 40, 256));
        types.addAll(List.of(
                ArrowType.Utf8.INSTANCE,
                ArrowType.LargeUtf8.INSTANCE,
                ArrowType.Utf8View.INSTANCE,
                ArrowType.Binary.INSTANCE,
                ArrowType.LargeBinary.INSTANCE,
                ArrowType.BinaryView.INSTANCE,
                new ArrowType.FixedSizeBinary(5),
                UuidType.INSTANCE,
                new OpaqueType(ArrowType.Utf8.INSTANCE, "other", "vendor")));
        for (DateUnit unit : DateUnit.values()) {
            types.add(new ArrowType.Date(unit));
        }
        for (TimeUnit unit : TimeUnit.values()) {
            boolean small = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
            types.add(new ArrowType.Time(unit, small ? 32 : 64));
            types.add(new ArrowType.Timestamp(unit, null));
            types.add(new ArrowType.Timestamp(unit, "Europe/Berlin"));
            types.add(new ArrowType.Duration(unit));
        }
        for (IntervalUnit unit : IntervalUnit.values()) {
            types.add(new ArrowType.Interval(unit));
        }
        List<Field> fields = new ArrayList<>();
        types.forEach(type -> fields.add(of(type.toString(), type)));
        Map<String, String> metadata = Map.of(ArrowType.ExtensionType.EXTENSION_METADATA_KEY_NAME, "arrow.uuid");
        FieldType storedUuid = new FieldType(true, UuidType.STORAGE_TYPE, null, metadata);
        fields.add(new Field("uuid of an unknown extension", storedUuid, List.of()));
        return fields;
    }

    /** All types: scalars, and others that hold some of them, in depth. */
    public static List<Field> all() {
        Field text = of("text", ArrowType.Utf8.INSTANCE);
        Field view = of("view", ArrowType.Utf8View.INSTANCE);
        Field bool = of("bool", ArrowType.Bool.INSTANCE);
        Field number = of("number", new ArrowType.Int(64, true));
        Field struct =
                of("struct", ArrowType.Struct.INSTANCE, text, bool, of("inner", ArrowType.List.INSTANCE, number));
        List<Field> fields = new ArrayList<>(scalars());
        fields.add(struct);
        fields.add(of("list", ArrowType.List.INSTANCE, text));
        fields.add(of("list of bools", ArrowType.List.INSTANCE, bool));
        fields.add(of("list of lists", ArrowType.List.INSTANCE, of("item", ArrowType.List.INSTANCE, number)));
        fields.add(of("list of structs", ArrowType.List.INSTANCE, struct));
        fields.add(of("large list", ArrowType.LargeList.INSTANCE, view));
        fields.add(of("fixed list", new ArrowType.FixedSizeList(3), bool));
        fields.add(of("fixed list of structs", new ArrowType.FixedSizeList(2), struct));
        fields.add(of("list view", ArrowType.ListView.INSTANCE, number));
        fields.add(of("large list view", ArrowType.LargeListView.INSTANCE, struct));
        fields.add(map(text, number));
        fields.add(map(number, struct));
        for (UnionMode mode : UnionMode.values()) {
            fields.add(of(mode + " union", new ArrowType.Union(mode, new int[] {0, 1, 2}), number, text, bool));
            fields.add(of(mode + " union with ids", new ArrowType.Union(mode, new int[] {5, 3}), text, number));
            fields.add(of(
                    mode + " union of one type",
                    new ArrowType.Union(mode, new int[] {1, 2}),
                    text,
                    of("t2", text.getType())));
        }
        for (int bits = 16; bits <= 64; bits *= 2) {
            Field ends = new Field("run_ends", FieldType.notNullable(new ArrowType.Int(bits, true)), List.of());
            fields.add(of("runs" + bits, ArrowType.RunEndEncoded.INSTANCE, ends, of("values", text.getType())));
        }
        fields.add(encoded(text, null));
        fields.add(encoded(of("encoded8", view.getType()), new ArrowType.Int(8, true)));
        fields.add(encoded(of("encoded16", number.getType()), new ArrowType.Int(16, false)));
        fields.add(encoded(of("encoded64", ArrowType.LargeUtf8.INSTANCE), new ArrowType.Int(64, true)));
        fields.add(
                of("struct with encoded", ArrowType.Struct.INSTANCE, encoded(text, new ArrowType.Int(8, true)), bool));
        fields.add(of("list of encoded", ArrowType.List.INSTANCE, encoded(text, new ArrowType.Int(32, true))));
        return fields;
    }

    private static Field map(Field key, Field value) {
        Field keys = new Field("key", FieldType.notNullable(key.getType()), List.of());
        Field values = new Field("value", FieldType.nullable(value.getType()), value.getChildren());
        Field entries = new Field("entries", FieldType.notNullable(ArrowType.Struct.INSTANCE), List.of(keys, values));
        return of("map to " + value.getName(), new ArrowType.Map(false), entries);
    }

    public static List<@Nullable Object> values(Field field, int count, Random random) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean repeat = i > 0 && random.nextInt(3) == 0;
            values.add(repeat ? values.get(i - 1) : value(field, random));
        }
        return values;
    }

    private static @Nullable Object value(Field field, Random random) {
        return field.isNullable() && random.nextInt(4) == 0 ? null : notNull(field, random);
    }

    private static @Nullable Object notNull(Field field, Random random) {
        if (FieldTypes.isUuid(field)) {
            return new UUID(random.nextLong(), random.nextLong());
        }
        ArrowType type = field.getType();
        return switch (type.getTypeID()) {
            case Null, NONE -> null;
            case Bool -> random.nextBoolean();
            case Int -> integer((ArrowType.Int) type, random);
            case FloatingPoint -> floating(((ArrowType.FloatingPoint) type).getPrecision(), random);
            case Decimal -> {
                ArrowType.Decimal decimal = (ArrowType.Decimal) type;
                BigInteger limit = BigInteger.TEN.pow(decimal.getPrecision());
                BigInteger digits = new BigInteger(limit.bitLength() + 8, random).mod(limit);
                yield new BigDecimal(random.nextBoolean() ? digits : digits.negate(), decimal.getScale());
            }
            case Utf8, LargeUtf8, Utf8View -> text(random);
            case Binary, LargeBinary, BinaryView -> bytes(random.nextInt(30), random);
            case FixedSizeBinary -> bytes(((ArrowType.FixedSizeBinary) type).getByteWidth(), random);
            case Date -> LocalDate.ofEpochDay(random.nextInt(-800_000, 3_000_000));
            case Time ->
                TimeUnits.time(
                        random.nextLong(86_400 * TimeUnits.perSecond(((ArrowType.Time) type).getUnit())),
                        ((ArrowType.Time) type).getUnit());
            case Timestamp -> timestamp((ArrowType.Timestamp) type, random);
            case Duration -> TimeUnits.duration(random.nextLong(), ((ArrowType.Duration) type).getUnit());
            case Interval -> interval(((ArrowType.Interval) type).getUnit(), random);
            case List, LargeList, ListView, LargeListView ->
                values(field.getChildren().get(0), random.nextInt(4), random);
            case FixedSizeList ->
                values(field.getChildren().get(0), ((ArrowType.FixedSizeList) type).getListSize(), random);
            case Map -> {
                List<Field> entry = field.getChildren().get(0).getChildren();
                Map<Object, @Nullable Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    map.put(java.util.Objects.requireNonNull(value(entry.get(0), random)), value(entry.get(1), random));
                }
                yield map;
            }
            case Struct -> {
                Map<String, @Nullable Object> struct = new LinkedHashMap<>();
                field.getChildren().forEach(child -> struct.put(child.getName(), value(child, random)));
                yield struct;
            }
            case Union ->
                value(field.getChildren().get(random.nextInt(field.getChildren().size())), random);
            case RunEndEncoded -> value(field.getChildren().get(1), random);
        };
    }

    private static Object integer(ArrowType.Int type, Random random) {
        int bits = type.getBitWidth();
        BigInteger raw = switch (random.nextInt(5)) {
            case 0 -> BigInteger.ZERO;
            case 1 -> BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
            default -> new BigInteger(bits, random);
        };
        BigInteger value = type.getIsSigned() ? raw.subtract(BigInteger.ONE.shiftLeft(bits - 1)) : raw;
        return switch (type.getIsSigned() ? bits : bits * 2) {
            case 8 -> (Object) value.byteValueExact();
            case 16 -> (Object) value.shortValueExact();
            case 32 -> (Object) value.intValueExact();
            case 64 -> (Object) value.longValueExact();
            default -> value;
        };
    }

    private static Object floating(FloatingPointPrecision precision, Random random) {
        double value = switch (random.nextInt(6)) {
            case 0 -> -0.0;
            case 1 -> Double.NaN;
            case 2 -> Double.NEGATIVE_INFINITY;
            default -> random.nextGaussian();
        };
        return switch (precision) {
            case HALF -> (Object) Float16.toFloat(Float16.toFloat16((float) value));
            case SINGLE -> (Object) (float) value;
            case DOUBLE -> (Object) value;
        };
    }

    private static Object timestamp(ArrowType.Timestamp type, Random random) {
        long perSecond = TimeUnits.perSecond(type.getUnit());
        long seconds = random.nextLong(-9_000_000_000L, 9_000_000_000L);
        long nanos = random.nextLong(perSecond) * (1_000_000_000L / perSecond);
        return FieldTypes.hasZone(type)
                ? Instant.ofEpochSecond(seconds, nanos)
                : LocalDateTime.ofEpochSecond(seconds, (int) nanos, ZoneOffset.UTC);
    }

    private static Object interval(IntervalUnit unit, Random random) {
        return switch (unit) {
            case YEAR_MONTH -> Period.ofMonths(random.nextInt());
            case DAY_TIME -> new PeriodDuration(Period.ofDays(random.nextInt()), Duration.ofMillis(random.nextInt()));
            case MONTH_DAY_NANO ->
                new PeriodDuration(
                        Period.of(0, random.nextInt(), random.nextInt()), Duration.ofNanos(random.nextLong()));
        };
    }

    private static String text(Random random) {
        String[] parts = {"", "a", "Zürich", "日本", "🚕", "longer than a view holds inline", "x", "\n"};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(3); i >= 0; i--) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        return text.toString();
    }

    private static byte[] bytes(int count, Random random) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
