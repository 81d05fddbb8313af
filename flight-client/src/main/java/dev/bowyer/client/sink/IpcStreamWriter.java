package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** One Arrow IPC stream; a dictionary is sent again when it has changed. */
final class IpcStreamWriter implements AutoCloseable {
    private final WriteChannel out;
    private final Schema schema;
    private final BufferAllocator allocator;
    private final Map<Long, Field> encoded;
    private final Map<Long, SharedDictionary> sent = new HashMap<>();

    /** Writes the schema. */
    IpcStreamWriter(WritableByteChannel out, Schema schema, BufferAllocator allocator) throws IOException {
        Encodings.refuseNarrowDecimals(schema, "the writer of Arrow IPC");
        this.out = new WriteChannel(out);
        this.schema = schema;
        this.allocator = allocator;
        this.encoded = Encodings.of(schema);
        MessageSerializer.serialize(this.out, schema);
    }

    void write(Batch batch) throws IOException {
        Encodings.check(batch);
        for (Map.Entry<Long, Field> entry : encoded.entrySet()) {
            long id = entry.getKey();
            SharedDictionary before = sent.get(id);
            SharedDictionary dictionary = Encodings.dictionary(batch, entry.getValue());
            if (dictionary == null) {
                if (before == null) { // readers want one before the first rows
                    SharedDictionary none = Encodings.emptyDictionary(entry.getValue(), allocator);
                    sent.put(id, none);
                    send(id, entry.getValue(), none.dictionary().getVector());
                }
                continue;
            }
            if (before == null || !(before == dictionary || equal(before, dictionary))) {
                send(id, entry.getValue(), dictionary.dictionary().getVector());
            }
            if (before != dictionary) {
                sent.put(id, dictionary.retain());
                if (before != null) {
                    before.release();
                }
            }
        }
        try (ArrowRecordBatch rows =
                RecordBatches.of(schema.getFields(), batch.vectors(), batch.rowCount(), allocator, null)) {
            MessageSerializer.serialize(out, rows);
        }
    }

    void end() throws IOException {
        out.writeIntLittleEndian(MessageSerializer.IPC_CONTINUATION_TOKEN);
        out.writeIntLittleEndian(0);
    }

    private void send(long id, Field field, FieldVector values) throws IOException {
        try (ArrowDictionaryBatch batch = new ArrowDictionaryBatch(
                id,
                RecordBatches.of(
                        List.of(Encodings.values(field)), List.of(values), values.getValueCount(), allocator, null),
                false)) {
            MessageSerializer.serialize(out, batch);
        }
    }

    private static boolean equal(SharedDictionary one, SharedDictionary other) {
        return VectorEqualsVisitor.vectorEquals(
                one.dictionary().getVector(), other.dictionary().getVector());
    }

    /** Lets the dictionaries go; the channel stays open. */
    @Override
    public void close() {
        sent.values().forEach(SharedDictionary::release);
        sent.clear();
    }
}
