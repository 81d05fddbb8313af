package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.RecordPlan;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Rows as records. Components match columns by name: exactly, else without regard to case and underscores. They may be:
 *
 * <ul>
 *   <li>what {@link ValueReader} reads, and {@code Object}
 *   <li>primitives and their boxes, {@code BigInteger} and {@code BigDecimal} for numbers that fit, value by value. A NULL fits
 *       into boxes, not into primitives. A decimal becomes the nearest {@code double}
 *   <li>{@code ZonedDateTime} and {@code OffsetDateTime} for timestamps with a zone
 *   <li>enums for text that is the name of a constant
 *   <li>{@code List}, {@code Collection} and {@code Set} of any of these for lists, {@code Map} for maps
 *   <li>records for structs
 *   <li>{@code Optional} of any of these, empty for NULL
 * </ul>
 *
 * <p>Each call reads the source anew. Holds one batch in memory at a time. Thread-safe as its source is.
 *
 * <pre>{@code
 * record Trip(long id, String zone, Optional<Double> fare, List<String> stops) {}
 *
 * List<Trip> trips = client.sql("SELECT id, zone, fare, stops FROM trips").as(Trip.class).toList();
 * }</pre>
 *
 * @param <T> the record class; may be private or local, not generic
 */
public final class Records<T extends Record> {
    private final BatchSource source;
    private final Class<T> type;

    private Records(BatchSource source, Class<T> type) {
        this.source = source;
        this.type = type;
    }

    /** Checks nothing: nothing runs before one of the methods that read. */
    public static <T extends Record> Records<T> of(BatchSource source, Class<T> type) {
        if (!type.isRecord()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, type.getName() + " is no record", "declare it as a record");
        }
        return new Records<>(source, type);
    }

    /**
     * All rows.
     *
     * @throws BowyerException TYPE_MISMATCH when there are more or fewer components than columns, one cannot take its column's
     *     values, or a value does not fit, with its row; and what the source throws
     */
    public List<T> toList() {
        List<T> result = new ArrayList<>();
        forEach(result::add);
        return Collections.unmodifiableList(result);
    }

    /** Calls {@code consumer} with each row. Throws as {@link #toList}. */
    public void forEach(Consumer<? super T> consumer) {
        try (Cursor<T> cursor = open()) {
            cursor.forEachRemaining(consumer);
        }
    }

    /**
     * The rows as a stream of Java, in order, to be closed by the caller: at its end or by {@code close()} the source's stream is
     * closed. Throws as {@link #toList}, while it is read.
     *
     * <pre>{@code
     * try (Stream<Trip> trips = records.stream()) {
     *     trips.filter(trip -> trip.id() > 7).forEach(System.out::println);
     * }
     * }</pre>
     */
    public Stream<T> stream() {
        Cursor<T> cursor = open();
        int traits = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(cursor, traits), false)
                .onClose(cursor::close);
    }

    private Cursor<T> open() {
        BatchStream stream = source.stream();
        try {
            return new Cursor<>(stream, type);
        } catch (RuntimeException | Error e) {
            stream.close();
            throw e;
        }
    }

    @Override
    public String toString() {
        return "Records[" + type.getName() + " of " + source + "]";
    }

    /** Row after row of the batch at hand. */
    private static final class Cursor<T> implements Iterator<T>, AutoCloseable {
        private final BatchStream stream;
        private final Class<T> type;
        private final List<Field> fields;
        private final RecordPlan plan;
        private final ValueReader[] readers;
        private @Nullable Batch batch;
        private int nextRow;
        private long rowsBefore;
        private boolean ended;

        Cursor(BatchStream stream, Class<T> type) {
            this.stream = stream;
            this.type = type;
            this.fields = stream.schema().getFields();
            this.plan = RecordPlan.of(type, fields, "");
            this.readers = new ValueReader[fields.size()];
        }

        @Override
        public boolean hasNext() {
            while (batch == null || nextRow == batch.rowCount()) {
                Batch next = ended ? null : advance();
                if (next == null) {
                    return false;
                }
                for (int i = 0; i < readers.length; i++) {
                    readers[i] = ValueReader.of(fields.get(i), next.vector(i), next::dictionary);
                }
            }
            return true;
        }

        private @Nullable Batch advance() {
            Batch last = batch;
            batch = null;
            if (last != null) {
                rowsBefore += last.rowCount();
                last.close();
            }
            Batch next = stream.next();
            batch = next;
            nextRow = 0;
            if (next == null) {
                close();
            }
            return next;
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            @Nullable Object[] values = new @Nullable Object[readers.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = readers[i].get(nextRow);
            }
            return type.cast(plan.construct(values, rowsBefore + nextRow++));
        }

        @Override
        public void close() {
            ended = true;
            Batch last = batch;
            batch = null;
            if (last != null) {
                last.close();
            }
            stream.close();
        }
    }
}
