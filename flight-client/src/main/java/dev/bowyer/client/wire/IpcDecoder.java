package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.VectorConcat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one Arrow IPC stream as batches. A dictionary that is replaced or grows is a new one: batches that came before
 * keep theirs. For one thread at a time.
 *
 * @see <a href="https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format">IPC streaming format</a>
 */
final class IpcDecoder implements AutoCloseable {
    private final BufferAllocator allocator;
    private final long budget;
    private final int endpoint;
    private @Nullable Schema schema;
    private List<Field> fields = List.of();
    private final Map<Long, Field> valueFields = new HashMap<>();
    private final Map<Long, SharedDictionary> dictionaries = new HashMap<>();

    /**
     * @param budget most bytes that a body may have when it is not compressed any more
     * @param endpoint goes into every batch
     */
    IpcDecoder(BufferAllocator allocator, long budget, int endpoint) {
        this.allocator = allocator;
        this.budget = budget;
        this.endpoint = endpoint;
    }

    /** As in {@link Batch#schema}; null before its message has come. */
    @Nullable
    Schema schema() {
        return schema;
    }

    /**
     * @param header of a message
     * @param body its body; it is retained where a batch needs it, and stays the caller's
     * @return the batch; null of messages that bring none
     * @throws BadAnswer when the message is not one of Arrow's
     * @throws OutOfMemoryException when memory is short; the same message may then be given again
     */
    @Nullable
    Batch decode(byte[] header, ArrowBuf body, Runnable released) {
        try {
            Message message = Message.getRootAsMessage(ByteBuffer.wrap(header));
            switch (message.headerType()) {
                case MessageHeader.Schema -> setSchema(MessageSerializer.deserializeSchema(message));
                case MessageHeader.DictionaryBatch ->
                    addDictionary(present((DictionaryBatch) message.header(new DictionaryBatch())), body);
                case MessageHeader.RecordBatch -> {
                    return batch(present((RecordBatch) message.header(new RecordBatch())), body, released);
                }
                default -> throw new BadAnswer("a message of type " + message.headerType() + " in a stream of rows");
            }
            return null;
        } catch (BadAnswer | BowyerException | OutOfMemoryException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new BadAnswer("a message that cannot be read: " + e.getMessage(), e);
        }
    }

    private static <T> T present(@Nullable T header) {
        if (header == null) {
            throw new BadAnswer("a message without its header");
        }
        return header;
    }

    private void setSchema(Schema sent) {
        if (schema != null) {
            throw new BadAnswer("a second schema in one stream");
        }
        Map<Long, Dictionary> empty = new HashMap<>();
        List<Field> memoryFields = new ArrayList<>();
        try {
            for (Field field : sent.getFields()) {
                DictionaryUtility.toMemoryFormat(field, allocator, empty); // for its dictionaries
                memoryFields.add(FieldTypes.vectorField(field));
            }
            empty.forEach((id, dictionary) ->
                    valueFields.put(id, dictionary.getVector().getField()));
            empty.forEach((id, dictionary) -> dictionaries.put(id, new SharedDictionary(dictionary)));
        } catch (RuntimeException e) {
            empty.values().forEach(dictionary -> dictionary.getVector().close());
            throw e;
        }
        fields = memoryFields;
        schema = sent;
    }

    private void addDictionary(DictionaryBatch message, ArrowBuf body) throws IOException {
        Field field = valueFields.get(message.id());
        SharedDictionary current = dictionaries.get(message.id());
        if (field == null || current == null) {
            throw new BadAnswer("a dictionary with the id " + message.id() + ", which no column has");
        }
        FieldVector values = load(List.of(field), present(message.data()), body).get(0);
        if (message.isDelta()) {
            values = appended(current.dictionary().getVector(), values, field);
        }
        dictionaries.put(
                message.id(),
                new SharedDictionary(new Dictionary(values, current.dictionary().getEncoding())));
        current.release();
    }

    private FieldVector appended(FieldVector before, FieldVector delta, Field field) {
        try (delta) {
            return VectorConcat.of(List.of(before, delta), field, allocator);
        }
    }

    private Batch batch(RecordBatch message, ArrowBuf body, Runnable released) throws IOException {
        Schema known = schema;
        if (known == null) {
            throw new BadAnswer("rows before the schema");
        }
        List<FieldVector> vectors = load(fields, message, body);
        Map<Long, SharedDictionary> held = new HashMap<>();
        dictionaries.forEach((id, dictionary) -> held.put(id, dictionary.retain()));
        return Batch.of(known, vectors, (int) message.length(), held, endpoint, released);
    }

    private List<FieldVector> load(List<Field> of, RecordBatch message, ArrowBuf body) throws IOException {
        BatchClaims.check(message, body.capacity());
        List<FieldVector> vectors = new ArrayList<>(of.size());
        try (ArrowRecordBatch batch = BodyCompression.decompressed(message, slices(message, body), allocator, budget)) {
            for (Field field : of) {
                vectors.add(field.createVector(allocator));
            }
            new VectorLoader(new Loaded(of, vectors)).load(batch);
            VectorClaims.check(vectors, (int) message.length());
            return vectors;
        } catch (IOException | RuntimeException | Error e) {
            vectors.forEach(FieldVector::close);
            throw e;
        }
    }

    /** Loading has set the length of each vector; setting it again cuts values of dense unions that no row points to. */
    private static final class Loaded extends VectorSchemaRoot {
        Loaded(List<Field> fields, List<FieldVector> vectors) {
            super(fields, vectors, 0);
        }

        @Override
        public void setRowCount(int rowCount) {
            // see above
        }
    }

    /** Over the memory of {@code body}, which stays the caller's. */
    private static ArrowRecordBatch slices(RecordBatch message, ArrowBuf body) throws IOException {
        body.getReferenceManager().retain(); // what follows gives one hold up, when it succeeds
        try {
            return MessageSerializer.deserializeRecordBatch(message, body);
        } catch (IOException | RuntimeException e) {
            body.getReferenceManager().release();
            throw e;
        }
    }

    @Override
    public void close() {
        dictionaries.values().forEach(SharedDictionary::release);
        dictionaries.clear();
    }
}
