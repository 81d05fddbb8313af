package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.Conversion;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.ValueReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * One column of a frame, over all of its chunks: as many rows and bytes as there are. For much data ask for a typed view ({@link
 * #longs}, {@link #doubles}, {@link #values}), which is checked once and not for each row.
 *
 * <p>Lives as long as its frame; then CLOSED. Thread-safe, but a frame must not be closed while another thread reads:
 * what that read then returns, or fills an array with, has no meaning. Rows are counted from 0; one that
 * is not there is INVALID_ARGUMENT.
 */
public final class Column {
    private static final Set<Class<?>> INTEGERS =
            Set.of(Byte.class, Short.class, Integer.class, Long.class, BigInteger.class);
    private static final Set<Class<?>> NUMBERS = Set.of(
            Float.class,
            Double.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            BigInteger.class,
            BigDecimal.class);

    /** Elements of an array that any JVM allows. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private final Field field;
    private final Chunks chunks;
    private final ValueReader[] readers;
    /** What takes a row of the frame to the row of its chunk's batch. */
    private final long[] shifts;

    private final BooleanSupplier closed;
    /** The chunk of the last row, a guess for the next: a race costs a search, nothing else. */
    private int lastChunk;

    /** How a column is read. */
    @FunctionalInterface
    interface Reading {
        ValueReader of(Field field, FieldVector vector, ValueReader.Dictionaries dictionaries);
    }

    Column(Field field, int place, Chunks chunks, BooleanSupplier closed, Reading reading) {
        this.field = field;
        this.chunks = chunks;
        this.closed = closed;
        this.readers = new ValueReader[chunks.count()];
        this.shifts = new long[chunks.count()];
        for (int i = 0; i < readers.length; i++) {
            Batch batch = chunks.get(i).batch();
            shifts[i] = chunks.get(i).start() - chunks.firstRow(i);
            readers[i] = reading.of(field, batch.vector(place), batch::dictionary);
        }
    }

    public String name() {
        return field.getName();
    }

    /** As in {@link BatchSource#schema}. */
    public Field field() {
        return field;
    }

    /** Class of the objects that {@link #get} returns, see the table of {@link ValueReader}; Object for a union. */
    public Class<?> javaType() {
        return FieldTypes.javaType(field);
    }

    public long rowCount() {
        return chunks.rowCount();
    }

    public boolean isNull(long row) {
        int chunk = chunkOf(row);
        return readers[chunk].isNull(rowIn(chunk, row));
    }

    /** The value as an object, see the table of {@link ValueReader}; null for NULL. */
    public @Nullable Object get(long row) {
        int chunk = chunkOf(row);
        return readers[chunk].get(rowIn(chunk, row));
    }

    /** Number of rows that are NULL; looks at each. */
    public long nullCount() {
        long count = 0;
        for (int chunk = 0; chunk < readers.length; chunk++) {
            int start = chunks.get(chunk).start();
            int end = start + chunks.get(chunk).rows();
            checkOpen();
            for (int row = start; row < end; row++) {
                count += readers[chunk].isNull(row) ? 1 : 0;
            }
        }
        return count;
    }

    /** @throws BowyerException TYPE_MISMATCH unless these are integers */
    public LongColumn longs() {
        check("longs()", INTEGERS.contains(javaType()));
        return new LongColumn(this);
    }

    /**
     * Floating-point numbers; decimals, each as the nearest double, which is seldom the same number; and integers,
     * of which one that a double cannot hold exactly, beyond 2^53, is TYPE_MISMATCH when it is read.
     *
     * @throws BowyerException TYPE_MISMATCH unless these are floating-point numbers, decimals or integers
     */
    public DoubleColumn doubles() {
        check("doubles()", NUMBERS.contains(javaType()));
        return new DoubleColumn(this);
    }

    /** @throws BowyerException TYPE_MISMATCH unless these are booleans */
    public BooleanColumn booleans() {
        check("booleans()", javaType() == Boolean.class);
        return new BooleanColumn(this);
    }

    /** @throws BowyerException TYPE_MISMATCH unless this is text */
    public ValueColumn<String> strings() {
        check("strings()", javaType() == String.class);
        return values(String.class);
    }

    /**
     * Any values as objects of a class: that of the table of {@link ValueReader}, or one that these convert to without loss, as
     * {@link Records} do: {@code BigDecimal} for integers, {@code ZonedDateTime} for timestamps with a zone, an enum for text, a
     * record for a struct. Only a decimal as a {@code Double} is the nearest one.
     *
     * @throws BowyerException TYPE_MISMATCH when the column's values do not convert to the class
     */
    public <T> ValueColumn<T> values(Class<T> type) {
        if (type.isPrimitive()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, "values(" + type + ".class)", "ask for the boxed class, or longs()");
        }
        return new ValueColumn<>(this, type, Conversion.of(type, field, name()));
    }

    /** Like {@code fare: float64, 3 rows}. */
    @Override
    public String toString() {
        return name() + ": " + FieldTypes.describe(field) + ", " + rowCount() + " rows";
    }

    Chunks chunks() {
        return chunks;
    }

    ValueReader reader(int chunk) {
        return readers[chunk];
    }

    int chunkOf(long row) {
        checkOpen();
        int chunk = chunks.chunkOf(row, Math.min(lastChunk, Math.max(0, readers.length - 1)));
        lastChunk = chunk;
        return chunk;
    }

    int rowIn(int chunk, long row) {
        return (int) (row + shifts[chunk]);
    }

    void checkOpen() {
        if (closed.getAsBoolean()) {
            throw BowyerException.of(
                    ErrorCodes.CLOSED,
                    "the frame of the column '" + name() + "' is closed",
                    "close it after its last use");
        }
    }

    BowyerException isNullAt(long row) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "row " + row + " of the column '" + name() + "' is NULL, which is no " + FieldTypes.describe(field),
                "ask isNull(row) before, or say what to take for NULL");
    }

    private void check(String asked, boolean fits) {
        if (!fits) {
            throw BowyerException.of(
                    ErrorCodes.TYPE_MISMATCH,
                    asked + " of the column '" + name() + "', which is of type " + FieldTypes.describe(field),
                    "ask for " + offers());
        }
    }

    private String offers() {
        Class<?> type = javaType();
        String values = "values(" + type.getSimpleName() + ".class)";
        if (INTEGERS.contains(type)) {
            return "longs(), doubles() or " + values;
        }
        if (NUMBERS.contains(type)) {
            return "doubles() or " + values;
        }
        if (type == Boolean.class) {
            return "booleans()";
        }
        return type == String.class ? "strings()" : values;
    }

    /** The number of rows, when they fit into one array. */
    int arrayLength() {
        if (rowCount() > MAX_ARRAY) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "toArray() of the column '" + name() + "' with " + rowCount() + " rows (an array holds at most "
                            + MAX_ARRAY + ")",
                    "take slices of the frame, or read it as a stream");
        }
        return (int) rowCount();
    }
}
