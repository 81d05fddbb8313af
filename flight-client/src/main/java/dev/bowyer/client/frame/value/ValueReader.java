package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * The values of one vector as Java objects. What {@code FieldVector.getObject} of arrow-java returns is not used: it is a bare
 * number for half floats, microseconds and unsigned integers, drops the NULLs of a struct and adds days to milliseconds.
 *
 * <table>
 *   <caption>Java types of the Arrow types</caption>
 *   <tr><th>Arrow</th><th>Java</th></tr>
 *   <tr><td>bool</td><td>{@link Boolean}</td></tr>
 *   <tr><td>int8, int16, int32, int64</td><td>{@link Byte}, {@link Short}, {@link Integer}, {@link Long}</td></tr>
 *   <tr><td>uint8, uint16, uint32, uint64</td>
 *       <td>{@link Short}, {@link Integer}, {@link Long}, {@link java.math.BigInteger}: the next wider</td></tr>
 *   <tr><td>float16, float32, float64</td><td>{@link Float}, {@link Float}, {@link Double}</td></tr>
 *   <tr><td>decimal of 128 or 256 bits</td><td>{@link java.math.BigDecimal} of the column's scale</td></tr>
 *   <tr><td>utf8, large_utf8, utf8_view</td><td>{@link String}</td></tr>
 *   <tr><td>binary, large_binary, binary_view, fixed_size_binary</td><td>{@code byte[]}, a new one each time</td></tr>
 *   <tr><td>date32, date64</td><td>{@link java.time.LocalDate}</td></tr>
 *   <tr><td>time32, time64</td><td>{@link java.time.LocalTime}</td></tr>
 *   <tr><td>timestamp without a zone</td><td>{@link java.time.LocalDateTime}</td></tr>
 *   <tr><td>timestamp with a zone</td>
 *       <td>{@link java.time.Instant}: the zone is the column's, not the value's; see its type</td></tr>
 *   <tr><td>duration</td><td>{@link java.time.Duration}</td></tr>
 *   <tr><td>interval of months</td><td>{@link java.time.Period}</td></tr>
 *   <tr><td>interval of days and milliseconds, or of months, days and nanoseconds</td>
 *       <td>{@link org.apache.arrow.vector.PeriodDuration}: a day is not 24 hours</td></tr>
 *   <tr><td>list, large_list, fixed_size_list, list_view, large_list_view</td><td>{@link java.util.List}, immutable</td></tr>
 *   <tr><td>struct</td><td>{@link java.util.Map} by names, in order, immutable; a second field {@code a} is {@code a#2}</td></tr>
 *   <tr><td>map</td><td>{@link java.util.Map}, in order, immutable; of equal keys the last counts. Keys that are
 *       {@code byte[]} are equal to nothing: all stay, to be found by going through the entries</td></tr>
 *   <tr><td>sparse and dense union, run-end encoded, dictionary-encoded</td><td>as the value that they stand for</td></tr>
 *   <tr><td>null</td><td>null</td></tr>
 *   <tr><td>extension type arrow.uuid</td><td>{@link java.util.UUID}</td></tr>
 *   <tr><td>other extension types</td><td>as their storage type</td></tr>
 * </table>
 *
 * <p>Decimals of 32 and 64 bits are read in the same way from a vector that a program has filled. Answers of a server with
 * them are refused: arrow-java has no vectors for them.
 *
 * <p>Thread-safe as long as nobody changes the vector. Holds no memory: the vector must outlive it.
 */
public abstract class ValueReader {
    /** The dictionaries that the indices of a batch refer to. */
    @FunctionalInterface
    public interface Dictionaries {
        /** Null when there is no such dictionary. */
        @Nullable
        Dictionary get(long id);
    }

    /**
     * @param field as in an Arrow IPC schema: of a dictionary-encoded column, the type of the values with the encoding
     * @param vector of a dictionary-encoded column, the indices
     * @throws BowyerException BAD_ANSWER when a dictionary is missing
     */
    public static ValueReader of(Field field, FieldVector vector, Dictionaries dictionaries) {
        return new CheckedReader(new ValueReaders(dictionaries, false).of(field, vector), field.getName());
    }

    /**
     * As the other, for text: dates, times and timestamps that {@code java.time} cannot hold, such as the time 24:00:00, are
     * read as the numbers that Arrow has for them, a {@link Long}, and not refused.
     */
    public static ValueReader forText(Field field, FieldVector vector, Dictionaries dictionaries) {
        return new CheckedReader(new ValueReaders(dictionaries, true).of(field, vector), field.getName());
    }

    /** Also true where a union, run or dictionary holds NULL. */
    public abstract boolean isNull(int row);

    /** As in the table of this class; null for NULL. */
    public abstract @Nullable Object get(int row);

    /**
     * An integer without a box. The row is not NULL.
     *
     * @throws BowyerException TYPE_MISMATCH for values that are no whole number within 64 bits
     */
    public long getLong(int row) {
        Object value = get(row);
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        throw mismatch(value, "long");
    }

    /**
     * A number without a box. The row is not NULL.
     *
     * @throws BowyerException TYPE_MISMATCH for integers that a double cannot hold exactly, and for what is no number.
     *     Of a decimal, the nearest double is returned
     */
    public double getDouble(int row) {
        Object value = get(row);
        if (value instanceof Double || value instanceof Float) {
            return ((Number) value).doubleValue();
        }
        if (value instanceof BigDecimal decimal && !Double.isInfinite(decimal.doubleValue())) {
            return decimal.doubleValue();
        }
        return value instanceof BigInteger big ? exactDouble(big) : exactDouble(getLong(row));
    }

    /** A boolean without a box. The row is not NULL. */
    public boolean getBoolean(int row) {
        if (get(row) instanceof Boolean value) {
            return value;
        }
        throw mismatch(get(row), "boolean");
    }

    /** False when it is sure that no row is NULL. */
    public boolean mayHaveNulls() {
        return true;
    }

    /**
     * Many integers, as {@link #getLong}.
     *
     * @param start first row
     * @param into takes them, from the place {@code at}; what is there for a NULL has no meaning
     */
    public void getLongs(int start, int count, long[] into, int at) {
        for (int i = 0; i < count; i++) {
            if (!isNull(start + i)) {
                into[at + i] = getLong(start + i);
            }
        }
    }

    /** Many numbers, as {@link #getDouble}; otherwise as {@link #getLongs}. */
    public void getDoubles(int start, int count, double[] into, int at) {
        for (int i = 0; i < count; i++) {
            if (!isNull(start + i)) {
                into[at + i] = getDouble(start + i);
            }
        }
    }

    static double exactDouble(long value) {
        double result = value;
        // Long.MAX_VALUE rounds up to 2^63, which the cast back would clamp to what it was
        if ((long) result != value || result == 0x1p63) {
            throw inexact(BigInteger.valueOf(value), result);
        }
        return result;
    }

    static double exactDouble(BigInteger value) {
        double result = value.doubleValue();
        if (new BigDecimal(result).compareTo(new BigDecimal(value)) != 0) {
            throw inexact(value, result);
        }
        return result;
    }

    private static BowyerException inexact(BigInteger value, double result) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "the value " + value + " is not a double: it would become " + new BigDecimal(result).toPlainString(),
                "ask for longs, or for values of the class BigInteger");
    }

    static BowyerException mismatch(@Nullable Object value, String wanted) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "the value " + value + " is not a " + wanted,
                "ask for values of its own type, see ValueReader");
    }
}
