package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.VectorSlice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Some rows in memory, column by column. Immutable, and readable from several threads; its memory is held until it is
 * closed.
 */
public final class Batch implements AutoCloseable {
    private final Storage storage;
    private final Schema schema;
    private final List<FieldVector> vectors;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Batch(Storage storage, Schema schema, List<FieldVector> vectors) {
        this.storage = storage;
        this.schema = schema;
        this.vectors = vectors;
    }

    /**
     * @param schema as in {@link BatchSource#schema}
     * @param vectors one a field, taken over; of a dictionary-encoded field, its indices
     * @param dictionaries by id, with one hold each that is taken over; those of all fields, nested ones too
     * @param endpoint number of the part of the answer that these rows are of
     */
    public static Batch of(
            Schema schema,
            List<FieldVector> vectors,
            int rowCount,
            Map<Long, SharedDictionary> dictionaries,
            int endpoint) {
        return of(schema, vectors, rowCount, dictionaries, endpoint, () -> {});
    }

    /**
     * As the other.
     *
     * @param released is run after everything has been released, also of each slice
     */
    public static Batch of(
            Schema schema,
            List<FieldVector> vectors,
            int rowCount,
            Map<Long, SharedDictionary> dictionaries,
            int endpoint,
            Runnable released) {
        List<FieldVector> columns = List.copyOf(vectors);
        return new Batch(new Storage(columns, rowCount, Map.copyOf(dictionaries), endpoint, released), schema, columns);
    }

    /** As in {@link BatchSource#schema}. */
    public Schema schema() {
        return schema;
    }

    public int rowCount() {
        return storage.rowCount;
    }

    /** Number of the part of the answer that the rows are of, from 0: where an answer has no order, what tells parts apart. */
    public int endpoint() {
        return storage.endpoint;
    }

    /** The columns, in the order of the schema; of a dictionary-encoded column, its indices. They stay the batch's. */
    public List<FieldVector> vectors() {
        open();
        return vectors;
    }

    /** One column by its place; see {@link #vectors}. */
    public FieldVector vector(int column) {
        open();
        return vectors.get(column);
    }

    /** What the indices of a dictionary-encoded column mean; null when there is no such dictionary. It stays the batch's. */
    public @Nullable Dictionary dictionary(long id) {
        SharedDictionary shared = open().dictionaries.get(id);
        return shared == null ? null : shared.dictionary();
    }

    /** The dictionaries of this batch by their ids; no hold is passed on. */
    public Map<Long, SharedDictionary> dictionaries() {
        return open().dictionaries;
    }

    /** Another batch over the same memory, which is released when both are closed. */
    public Batch share() {
        open().retain();
        return new Batch(storage, schema, vectors);
    }

    /**
     * Another batch over the same memory, as {@link #share}, that shows some of the columns.
     *
     * @param columns their places, in the order wanted
     */
    public Batch select(List<Integer> columns) {
        open();
        List<Field> fields = columns.stream().map(schema.getFields()::get).toList();
        List<FieldVector> shown = columns.stream().map(vectors::get).toList();
        storage.retain();
        return new Batch(storage, new Schema(fields, schema.getCustomMetadata()), shown);
    }

    /**
     * Another batch with some of the rows, over the same memory: only offsets, and bits that do not begin at a byte, are copied,
     * with the allocators of the vectors.
     *
     * @throws BowyerException INVALID_ARGUMENT when there are no such rows; MEMORY_BUDGET when there is no memory for the copies
     */
    public Batch slice(int start, int length) {
        open();
        if (start < 0 || length < 0 || start > rowCount() - length) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "slice: rows " + start + " to " + ((long) start + length) + " of " + rowCount(),
                    "a slice lies within the batch");
        }
        List<FieldVector> parts = new ArrayList<>();
        try (Batch held = share()) { // against a close() meanwhile
            for (int i = 0; i < vectors.size(); i++) {
                Field field = FieldTypes.vectorField(schema.getFields().get(i));
                parts.add(VectorSlice.of(held.vectors.get(i), field, start, length));
            }
            storage.dictionaries.values().forEach(SharedDictionary::retain);
        } catch (RuntimeException | Error e) {
            parts.forEach(FieldVector::close);
            throw e;
        }
        return of(schema, parts, length, storage.dictionaries, storage.endpoint, storage.released);
    }

    /** Does nothing the second time. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && storage.holders.decrementAndGet() == 0) {
            storage.vectors.forEach(FieldVector::close);
            storage.dictionaries.values().forEach(SharedDictionary::release);
            storage.released.run();
        }
    }

    private Storage open() {
        if (closed.get()) {
            throw closedAlready();
        }
        return storage;
    }

    private static BowyerException closedAlready() {
        return BowyerException.of(ErrorCodes.CLOSED, "this batch is closed", "close it after its last use");
    }

    private static final class Storage {
        final List<FieldVector> vectors;
        final int rowCount;
        final Map<Long, SharedDictionary> dictionaries;
        final int endpoint;
        final Runnable released;
        final AtomicInteger holders = new AtomicInteger(1);

        Storage(
                List<FieldVector> vectors,
                int rowCount,
                Map<Long, SharedDictionary> dictionaries,
                int endpoint,
                Runnable released) {
            this.vectors = vectors;
            this.rowCount = rowCount;
            this.dictionaries = dictionaries;
            this.endpoint = endpoint;
            this.released = released;
        }

        /** One holder more, unless the last has gone meanwhile: what was freed does not come back. */
        void retain() {
            if (holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
                throw closedAlready();
            }
        }
    }
}
