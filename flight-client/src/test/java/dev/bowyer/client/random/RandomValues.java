package dev.bowyer.client.random;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Values of fields. In Java: integers, times, and the bits of floating point numbers as {@link Long} (without a sign
 * where the type has none), {@link Boolean}, {@link BigDecimal}, {@link String}, {@link Octets}, the parts
 * of intervals, the items of lists and the children of structs as {@link List}, maps as a list of key and value,
 * {@link Tagged}.
 */
final class RandomValues {
    private static final int POOL_OF_A_DICTIONARY = 10;
    private static final int MAX_ITEMS = 3;
    private static final double[] NULL_RATES = {0, 0.1, 0.5, 1};
    private static final long[] DOUBLES = {
        Double.doubleToRawLongBits(-0.0),
        0,
        Double.doubleToRawLongBits(Double.NaN),
        0xfff8_0000_0000_1234L,
        Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY),
        Double.doubleToRawLongBits(Double.MIN_VALUE)
    };
    private static final String[] TEXTS = {
        "", "a", "twelve bytes", "thirteen byte", "\0", "ä", "日本語", "🏹 bow", "e\u0301", "\u202eleft", "x".repeat(300)
    };

    private final RandomGenerator random;
    private final IdentityHashMap<Field, Double> nullRates = new IdentityHashMap<>();
    private final Map<Long, List<@Nullable Object>> pools = new HashMap<>();

    RandomValues(RandomGenerator random) {
        this.random = random;
    }

    /** Values of a dictionary-encoded field are drawn from few; another object draws from others. */
    @Nullable
    Object value(Field field) {
        if (field.getDictionary() == null) {
            return fresh(field);
        }
        long id = field.getDictionary().getId();
        List<@Nullable Object> pool = pools.get(id);
        if (pool == null) {
            pool = new ArrayList<>();
            Field values = RandomFields.valuesOf(field);
            for (int i = 0; i < POOL_OF_A_DICTIONARY; i++) {
                pool.add(fresh(values));
            }
            pools.put(id, pool);
        }
        return pool.get(random.nextInt(pool.size()));
    }

    private @Nullable Object fresh(Field field) {
        // Unions and runs have no validity of their own.
        boolean canBeNull = field.isNullable()
                && !(field.getType() instanceof ArrowType.Union)
                && !(field.getType() instanceof ArrowType.RunEndEncoded);
        double rate = nullRates.computeIfAbsent(field, f -> NULL_RATES[random.nextInt(NULL_RATES.length)]);
        return canBeNull && random.nextDouble() < rate ? null : present(field);
    }

    private @Nullable Object present(Field field) {
        ArrowType type = RandomFields.stored(field.getType());
        return switch (type.getTypeID()) {
            case Null -> null;
            case Struct -> struct(field);
            case List, LargeList, ListView, LargeListView, Map ->
                items(field.getChildren().get(0), random.nextInt(MAX_ITEMS + 1));
            case FixedSizeList -> items(field.getChildren().get(0), ((ArrowType.FixedSizeList) type).getListSize());
            case Union -> union(field, (ArrowType.Union) type);
            case RunEndEncoded -> value(field.getChildren().get(1));
            case Int -> integer((ArrowType.Int) type);
            case FloatingPoint -> floating((ArrowType.FloatingPoint) type);
            case Decimal -> decimal((ArrowType.Decimal) type);
            case Bool -> random.nextBoolean();
            case Utf8, LargeUtf8, Utf8View -> text();
            case Binary, LargeBinary, BinaryView -> bytes(random.nextInt(30));
            case FixedSizeBinary -> bytes(((ArrowType.FixedSizeBinary) type).getByteWidth());
            case Date, Time, Timestamp, Duration -> moment(type);
            case Interval -> interval((ArrowType.Interval) type);
            case NONE -> throw new IllegalArgumentException("no values of " + type);
        };
    }

    private List<@Nullable Object> struct(Field field) {
        List<@Nullable Object> row = new ArrayList<>();
        field.getChildren().forEach(child -> row.add(value(child)));
        return row;
    }

    private List<@Nullable Object> items(Field item, int count) {
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(value(item));
        }
        return items;
    }

    private Tagged union(Field field, ArrowType.Union type) {
        int member = random.nextInt(field.getChildren().size());
        return new Tagged(type.getTypeIds()[member], value(field.getChildren().get(member)));
    }

    private long integer(ArrowType.Int type) {
        return withWidth(edge(), type.getBitWidth(), type.getIsSigned());
    }

    /** A number of any size: small, large, and the ends of the ranges. */
    private long edge() {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Long.MIN_VALUE >> (8 * random.nextInt(8));
            default -> random.nextLong() >> random.nextInt(64);
        };
    }

    static long withWidth(long value, int bits, boolean signed) {
        int unused = Long.SIZE - bits;
        return signed ? value << unused >> unused : value << unused >>> unused;
    }

    private long floating(ArrowType.FloatingPoint type) {
        long bits = random.nextBoolean() ? DOUBLES[random.nextInt(DOUBLES.length)] : random.nextLong();
        return switch (type.getPrecision()) {
            case HALF -> bits >>> 48;
            case SINGLE -> bits >>> 32;
            case DOUBLE -> bits;
        };
    }

    private BigDecimal decimal(ArrowType.Decimal type) {
        BigInteger limit = BigInteger.TEN.pow(1 + random.nextInt(type.getPrecision()));
        byte[] bytes = new byte[40];
        random.nextBytes(bytes);
        return new BigDecimal(new BigInteger(bytes).remainder(limit), type.getScale());
    }

    private String text() {
        return TEXTS[random.nextInt(TEXTS.length)] + (random.nextBoolean() ? "" : random.nextInt(100));
    }

    private Octets bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return Octets.of(bytes);
    }

    private long moment(ArrowType type) {
        if (type instanceof ArrowType.Time time) {
            long perSecond = switch (time.getUnit()) {
                case SECOND -> 1;
                case MILLISECOND -> 1_000;
                case MICROSECOND -> 1_000_000;
                case NANOSECOND -> 1_000_000_000;
            };
            return random.nextLong(86_400 * perSecond);
        }
        // Days as milliseconds have to be whole ones.
        if (type instanceof ArrowType.Date date) {
            int day = random.nextInt(-800_000, 3_000_000);
            return switch (date.getUnit()) {
                case DAY -> day;
                case MILLISECOND -> day * 86_400_000L;
            };
        }
        return edge();
    }

    private List<Long> interval(ArrowType.Interval type) {
        long first = random.nextInt();
        long second = random.nextInt();
        if (type.getUnit() == IntervalUnit.YEAR_MONTH) {
            return List.of(first);
        }
        return type.getUnit() == IntervalUnit.DAY_TIME ? List.of(first, second) : List.of(first, second, edge());
    }
}
