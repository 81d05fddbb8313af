package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** A stream as the reader that Arrow's C data interface exports; each batch is held until the next one. */
final class BatchReader extends ArrowReader {
    private final BatchStream stream;
    private final Schema schema;
    private final List<Field> fields;
    private final VectorSchemaRoot rows;
    private final Map<Long, Dictionary> empty = new HashMap<>();
    private @Nullable Batch batch;
    private @Nullable RuntimeException failure;

    /** @param allocator of empty vectors, which stand for the schema before there is a batch */
    BatchReader(BatchStream stream, Schema schema, BufferAllocator allocator) {
        super(allocator);
        this.stream = stream;
        this.fields = schema.getFields();
        this.schema = new Schema(fields.stream().map(Encodings::memory).toList(), schema.getCustomMetadata());
        this.rows = VectorSchemaRoot.create(this.schema, allocator);
        Encodings.of(schema)
                .forEach((id, field) -> empty.put(
                        id,
                        new Dictionary(
                                Encodings.memory(Encodings.values(field)).createVector(allocator),
                                Objects.requireNonNull(field.getDictionary()))));
    }

    /** What the stream threw, which the consumer of the export sees only as text. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    @Override
    public boolean loadNextBatch() {
        release();
        try {
            batch = stream.next();
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
        Batch current = batch;
        if (current == null) {
            return false;
        }
        try {
            Encodings.check(current);
        } catch (BowyerException e) {
            failure = e;
            throw e;
        }
        // The export wants vectors of its own allocator.
        try (ArrowRecordBatch shared =
                        RecordBatches.of(fields, current.vectors(), current.rowCount(), allocator, null);
                ArrowRecordBatch own = RecordBatches.adopted(shared, allocator)) {
            new VectorLoader(rows).load(own);
        }
        return true;
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
        return rows;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
        Map<Long, Dictionary> all = new HashMap<>(empty);
        Batch current = batch;
        if (current != null) {
            current.dictionaries().forEach((id, dictionary) -> all.put(id, dictionary.dictionary()));
        }
        return all;
    }

    @Override
    public Dictionary lookup(long id) {
        return Objects.requireNonNull(getDictionaryVectors().get(id));
    }

    @Override
    public Set<Long> getDictionaryIds() {
        return getDictionaryVectors().keySet();
    }

    @Override
    public long bytesRead() {
        return 0; // nobody asks: it is for readers of channels
    }

    @Override
    protected void closeReadSource() {}

    @Override
    protected Schema readSchema() {
        return schema;
    }

    @Override
    public void close(boolean closeReadSource) {
        release();
        rows.close();
        empty.values().forEach(dictionary -> dictionary.getVector().close());
        empty.clear();
    }

    private void release() {
        if (batch != null) {
            batch.close();
            batch = null;
        }
    }
}
