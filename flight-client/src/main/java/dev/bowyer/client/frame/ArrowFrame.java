package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.NearestNames;
import dev.bowyer.client.frame.value.ValueReader;
import dev.bowyer.client.frame.value.VectorSlice;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows in memory as a data frame: columns by name and type, in chunks, so that neither rows nor bytes of a column end at 2^31.
 * Immutable and thread-safe. Its memory is held until it is closed; what was asked of it before ({@link Column}, {@link Row})
 * then answers CLOSED, and to close it while another thread reads is an error of that thread. Slices, selections and streams
 * share the memory and are closed on their own, before or after.
 *
 * <pre>{@code
 * try (ArrowFrame trips = client.sql("SELECT id, zone, fare FROM trips").fetch()) {
 *     trips.print();
 *     double[] fares = trips.doubles("fare").toArray(Double.NaN);
 *     for (Row row : trips) {
 *         System.out.println(row.getLong("id") + " " + row.getString("zone"));
 *     }
 * }
 * }</pre>
 */
public final class ArrowFrame implements BatchSource, Iterable<Row>, AutoCloseable {
    private static final int PRINTED_ROWS = 20;

    private final Schema schema;
    private final Chunks chunks;
    private final List<String> names;
    private final Map<String, Integer> places;
    private final AtomicReferenceArray<@Nullable Column> columns;
    private final AtomicBoolean closed = new AtomicBoolean();

    private ArrowFrame(Schema schema, Chunks chunks) {
        this.schema = schema;
        this.chunks = chunks;
        this.names = schema.getFields().stream().map(Field::getName).toList();
        this.places = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            places.putIfAbsent(names.get(i), i);
        }
        this.columns = new AtomicReferenceArray<>(names.size());
    }

    /**
     * A frame of the rows of {@code chunks}, one after the other.
     *
     * @param chunks taken over, also when this fails; empty when there are no rows. Their dictionaries may differ
     * @throws BowyerException SCHEMA_MISMATCH when a chunk's columns are not those of {@code schema}
     */
    public static ArrowFrame of(Schema schema, List<Batch> chunks) {
        for (int i = 0; i < chunks.size(); i++) {
            if (!FieldTypes.sameColumns(schema, chunks.get(i).schema())) {
                Schema other = chunks.get(i).schema();
                chunks.forEach(Batch::close);
                throw BowyerException.of(
                        ErrorCodes.SCHEMA_MISMATCH,
                        "chunk " + i + " has the columns " + describe(other) + ", not " + describe(schema),
                        "the chunks of a frame have its columns");
            }
        }
        return new ArrowFrame(schema, Chunks.of(chunks));
    }

    /**
     * A frame of the rows that are left in a stream, which is closed, also when this fails; nothing is kept then.
     *
     * @throws BowyerException what the stream throws
     */
    public static ArrowFrame readAll(BatchStream stream) {
        List<Batch> chunks = new ArrayList<>();
        try (stream) {
            stream.forEach(chunks::add);
        } catch (RuntimeException | Error e) {
            chunks.forEach(Batch::close);
            throw e;
        }
        return of(stream.schema(), chunks);
    }

    @Override
    public Schema schema() {
        return schema;
    }

    public long rowCount() {
        return chunks.rowCount();
    }

    public int columnCount() {
        return names.size();
    }

    /** In the order of the schema. */
    public List<String> columnNames() {
        return names;
    }

    /**
     * A column by its name; of several with that name, the first.
     *
     * @throws BowyerException INVALID_ARGUMENT when there is none, with the nearest names
     */
    public Column column(String name) {
        return column(place(name));
    }

    /**
     * A column by its place, from 0.
     *
     * @throws BowyerException INVALID_ARGUMENT when there is none
     */
    public Column column(int place) {
        checkOpen();
        if (place < 0 || place >= names.size()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "column " + place + " of " + names.size(),
                    "columns are counted from 0: " + describe(schema));
        }
        Column column = columns.get(place);
        if (column == null) {
            column = new Column(schema.getFields().get(place), place, chunks, closed::get, ValueReader::of);
            columns.set(place, column);
        }
        return column;
    }

    /** A column as {@link ValueReader#forText} reads it. */
    Column textColumn(int place) {
        checkOpen();
        return new Column(schema.getFields().get(place), place, chunks, closed::get, ValueReader::forText);
    }

    /** As {@link Column#longs}. */
    public LongColumn longs(String column) {
        return column(column).longs();
    }

    /** As {@link Column#doubles}. */
    public DoubleColumn doubles(String column) {
        return column(column).doubles();
    }

    /** As {@link Column#booleans}. */
    public BooleanColumn booleans(String column) {
        return column(column).booleans();
    }

    /** As {@link Column#strings}. */
    public ValueColumn<String> strings(String column) {
        return column(column).strings();
    }

    /** As {@link Column#values}. */
    public <T> ValueColumn<T> values(String column, Class<T> type) {
        return column(column).values(type);
    }

    /**
     * One row.
     *
     * @throws BowyerException INVALID_ARGUMENT when there is no such row
     */
    public Row row(long index) {
        checkOpen();
        if (index < 0 || index >= rowCount()) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, "row " + index + " of " + rowCount(), "rows are counted from 0");
        }
        return new Row(this, index);
    }

    /** The rows, from the first. */
    @Override
    public Iterator<Row> iterator() {
        checkOpen();
        return new Iterator<>() {
            private long next;

            @Override
            public boolean hasNext() {
                return next < rowCount();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return row(next++);
            }
        };
    }

    /**
     * Some of the rows, over the same memory.
     *
     * @return to be closed by the caller
     * @throws BowyerException INVALID_ARGUMENT when there are no such rows
     */
    public ArrowFrame slice(long offset, long length) {
        checkOpen();
        if (offset < 0 || length < 0 || offset > rowCount() - length) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "slice: " + length + " rows from row " + offset + " of " + rowCount(),
                    "a slice lies within the frame");
        }
        return new ArrowFrame(schema, chunks.slice(offset, length));
    }

    /** The first rows, or all when there are not as many; otherwise as {@link #slice}. */
    public ArrowFrame head(long rows) {
        return slice(0, Math.min(rows, rowCount()));
    }

    /** The last rows, or all when there are not as many; otherwise as {@link #slice}. */
    public ArrowFrame tail(long rows) {
        long length = Math.min(rows, rowCount());
        return slice(rowCount() - length, length);
    }

    /**
     * Some of the columns, over the same memory.
     *
     * @param columns names, in the order wanted
     * @return to be closed by the caller
     * @throws BowyerException INVALID_ARGUMENT when there is no such column, with the nearest names
     */
    public ArrowFrame select(String... columns) {
        checkOpen();
        List<Integer> wanted = Arrays.stream(columns).map(this::place).toList();
        List<Field> fields = wanted.stream().map(schema.getFields()::get).toList();
        return new ArrowFrame(new Schema(fields, schema.getCustomMetadata()), chunks.select(wanted));
    }

    /**
     * The same rows with one dictionary for each dictionary-encoded column, nested ones too, for programs that need that: chunks
     * may come with dictionaries of their own, by which an index means another value in each. Not needed to read values, which are
     * right as they are. New memory is taken for merged dictionaries and the indices into them, by the allocators of the chunks;
     * indices become wider where they must. All else is shared.
     *
     * @return to be closed by the caller; its schema differs where indices became wider, and ordered dictionaries that were merged
     *     are not ordered
     * @throws BowyerException UNIMPLEMENTED for dictionaries of nested values that differ; MEMORY_BUDGET when the allocators have
     *     no memory for them
     */
    public ArrowFrame unified() {
        checkOpen();
        try (DictionaryUnion union = new DictionaryUnion(schema, chunks)) {
            return union.isNothingToDo() ? slice(0, rowCount()) : of(union.schema(), union.batches());
        }
    }

    /** The chunks as batches that share this frame's memory; the stream may outlive the frame. */
    @Override
    public BatchStream stream() {
        checkOpen();
        return new ChunkStream(schema, chunks.share());
    }

    /** Gives all rows to {@code sink}. */
    public <R> R into(Sink<R> sink) {
        checkOpen();
        return sink.read(this);
    }

    /** All rows as records, see {@link Records}. */
    public <T extends Record> Records<T> as(Class<T> type) {
        checkOpen();
        return Records.of(this, type);
    }

    /**
     * Memory of the buffers that the rows are in, in bytes, without dictionaries. Of a chunk of which the frame has a part of the
     * rows, as large a part. Memory that other frames share is counted in each.
     */
    public long byteCount() {
        checkOpen();
        long bytes = 0;
        for (int i = 0; i < chunks.count(); i++) {
            Chunks.Chunk chunk = chunks.get(i);
            long whole = 0;
            for (FieldVector vector : chunk.batch().vectors()) {
                whole += VectorSlice.byteCount(vector);
            }
            bytes += (long)
                    (whole * ((double) chunk.rows() / Math.max(1, chunk.batch().rowCount())));
        }
        return bytes;
    }

    /** Prints what {@link #toText} shows of 20 rows. */
    public void print() {
        print(System.out);
    }

    /** Prints what {@link #toText} shows of 20 rows. */
    public void print(PrintStream to) {
        to.print(toText(PRINTED_ROWS));
    }

    /**
     * Shape, names, types and some rows as a table for people, 100 characters wide: the first and the last rows, NULLs as {@code
     * null}, long values cut, control characters escaped, columns left out in the middle where they do not fit.
     */
    public String toText(int rows) {
        return new TextTable(this, rows, TextTable.WIDTH).toString();
    }

    /** As {@link #toText(int)}, in a width of so many characters. */
    public String toText(int rows, int width) {
        return new TextTable(this, rows, width).toString();
    }

    /** Does nothing the second time. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            chunks.close();
        }
    }

    /** Like {@code ArrowFrame[3 rows: id int64, fare float64]}. */
    @Override
    public String toString() {
        return "ArrowFrame[" + rowCount() + " rows: " + describe(schema) + "]";
    }

    private int place(String name) {
        Integer place = places.get(name);
        if (place == null) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, "no column '" + name + "'", NearestNames.hint(name, names));
        }
        return place;
    }

    private void checkOpen() {
        if (closed.get()) {
            throw BowyerException.of(ErrorCodes.CLOSED, "this frame is closed", "close it after its last use");
        }
    }

    private static String describe(Schema schema) {
        List<String> columns = new ArrayList<>();
        schema.getFields().forEach(field -> columns.add(field.getName() + " " + FieldTypes.describe(field)));
        return String.join(", ", columns);
    }
}
