package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One Arrow IPC file. It can hold one dictionary an id, so those of the batches become one, and it comes last: the
 * footer tells readers where it is.
 */
final class IpcFileWriter implements AutoCloseable {
    /** Dictionaries that may come again, as they do when parts of an answer are read side by side. */
    private static final int REMEMBERED = 64;

    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);

    private final WriteChannel out;
    private final Schema schema;
    private final BufferAllocator allocator;
    private final Map<Long, Field> encoded;
    private final Map<Long, UnifiedDictionary> unified = new LinkedHashMap<>();
    private final Map<SharedDictionary, int[]> places = new LinkedHashMap<>();
    private final List<ArrowBlock> batches = new ArrayList<>();

    /** Writes the schema. */
    IpcFileWriter(WritableByteChannel out, Schema schema, BufferAllocator allocator) throws IOException {
        Encodings.refuseNarrowDecimals(schema, "the writer of Arrow IPC");
        this.out = new WriteChannel(out);
        this.schema = Encodings.wide(schema);
        this.allocator = allocator;
        this.encoded = Encodings.of(this.schema);
        encoded.forEach((id, field) ->
                unified.put(id, new UnifiedDictionary(Encodings.memory(Encodings.values(field)), allocator)));
        this.out.write(MAGIC);
        this.out.align();
        MessageSerializer.serialize(this.out, this.schema);
    }

    void write(Batch batch) throws IOException {
        Map<Long, int[]> mappings = new LinkedHashMap<>();
        Encodings.check(batch);
        for (Map.Entry<Long, Field> entry : encoded.entrySet()) {
            SharedDictionary dictionary = Encodings.dictionary(batch, entry.getValue());
            int[] found = dictionary == null ? new int[0] : places(entry.getKey(), dictionary, mappings);
            mappings.put(entry.getKey(), found);
        }
        try (ArrowRecordBatch rows =
                RecordBatches.of(schema.getFields(), batch.vectors(), batch.rowCount(), allocator, mappings::get)) {
            batches.add(MessageSerializer.serialize(out, rows));
        }
    }

    void end() throws IOException {
        List<ArrowBlock> dictionaries = new ArrayList<>();
        for (Map.Entry<Long, UnifiedDictionary> entry : unified.entrySet()) {
            FieldVector values = entry.getValue().values();
            List<Field> field = List.of(values.getField());
            try (ArrowDictionaryBatch batch = new ArrowDictionaryBatch(
                    entry.getKey(),
                    RecordBatches.of(field, List.of(values), values.getValueCount(), allocator, null),
                    false)) {
                dictionaries.add(MessageSerializer.serialize(out, batch));
            }
        }
        out.writeIntLittleEndian(MessageSerializer.IPC_CONTINUATION_TOKEN);
        out.writeIntLittleEndian(0);
        long start = out.getCurrentPosition();
        out.write(new ArrowFooter(schema, dictionaries, batches), false);
        out.writeIntLittleEndian((int) (out.getCurrentPosition() - start));
        out.write(MAGIC);
    }

    private int[] places(long id, SharedDictionary dictionary, Map<Long, int[]> inner) {
        int[] known = places.get(dictionary);
        if (known != null) {
            return known;
        }
        UnifiedDictionary all = unified.get(id);
        Field field = encoded.get(id);
        if (all == null || field == null) {
            throw new IllegalStateException("no dictionary " + id);
        }
        FieldVector values = dictionary.dictionary().getVector();
        int[] found;
        if (Encodings.of(new Schema(field.getChildren())).isEmpty()) {
            found = all.add(values);
        } else {
            try (VectorSchemaRoot exchanged = exchanged(Encodings.values(field), values, inner)) {
                return all.add(
                        exchanged.getVector(0)); // not remembered: the inner dictionaries may be others next time
            }
        }
        if (places.size() >= REMEMBERED) {
            clear();
        }
        places.put(dictionary.retain(), found);
        return found;
    }

    /** Values whose nested indices are those of the unified dictionaries. */
    private VectorSchemaRoot exchanged(Field field, FieldVector values, Map<Long, int[]> inner) {
        VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(List.of(Encodings.memory(field))), allocator);
        try (ArrowRecordBatch shared = RecordBatches.of(
                        List.of(field), List.of(values), values.getValueCount(), allocator, inner::get);
                ArrowRecordBatch own = RecordBatches.adopted(shared, allocator)) {
            new VectorLoader(root).load(own);
        }
        return root;
    }

    private void clear() {
        places.keySet().forEach(SharedDictionary::release);
        places.clear();
    }

    /** Lets the dictionaries go; the channel stays open. */
    @Override
    public void close() {
        clear();
        unified.values().forEach(UnifiedDictionary::close);
    }
}
