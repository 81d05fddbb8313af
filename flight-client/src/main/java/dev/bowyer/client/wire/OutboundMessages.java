package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Batches as FlightData, for DoPut. */
final class OutboundMessages {
    /** Largest body that is sent in one piece, if it has more than one row: many servers refuse more than 4 MiB. */
    static final int MAX_BODY = 2 * 1024 * 1024;

    private static final int ALIGNMENT = 8;

    private OutboundMessages() {}

    static Flight.FlightData.Builder schema(Schema schema) {
        return Flight.FlightData.newBuilder()
                .setDataHeader(UnsafeByteOperations.unsafeWrap(
                        MessageSerializer.serializeMetadata(schema, IpcOption.DEFAULT)));
    }

    /** Into how many pieces a batch is cut, so that each is small enough. */
    static int pieces(Batch batch) {
        long bytes = 0;
        for (FieldVector vector : batch.vectors()) {
            bytes += vector.getBufferSize();
        }
        return (int) Math.max(1, Math.min(batch.rowCount(), (bytes + MAX_BODY - 1) / MAX_BODY));
    }

    /** One of {@code count} pieces of a batch, to be closed by the caller. */
    static Batch piece(Batch batch, int index, int count) {
        if (count == 1) {
            return batch.share();
        }
        int from = (int) ((long) batch.rowCount() * index / count);
        int to = (int) ((long) batch.rowCount() * (index + 1) / count);
        return batch.slice(from, to - from);
    }

    /** Copies the rows: what is sent lives as long as the transport wants. */
    static Flight.FlightData batch(Batch batch) {
        // Not setRowCount: it cuts children of dense unions that have values which no row points to.
        List<Field> fields = batch.vectors().stream().map(FieldVector::getField).toList();
        VectorSchemaRoot root = new VectorSchemaRoot(fields, batch.vectors(), batch.rowCount());
        try (ArrowRecordBatch unloaded = new VectorUnloader(root).getRecordBatch()) {
            return message(unloaded, unloaded);
        }
    }

    /** Of the dictionaries that {@code sent} does not have as they are: inner ones first. Brings {@code sent} up to date. */
    static List<Flight.FlightData> newDictionaries(Batch batch, Map<Long, SharedDictionary> sent) {
        List<Flight.FlightData> messages = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (FieldVector vector : batch.vectors()) {
            visit(vector.getField(), batch, seen, sent, messages);
        }
        return messages;
    }

    private static void visit(
            Field field,
            Batch batch,
            Set<Long> seen,
            Map<Long, SharedDictionary> sent,
            List<Flight.FlightData> messages) {
        field.getChildren().forEach(child -> visit(child, batch, seen, sent, messages));
        if (field.getDictionary() == null || !seen.add(field.getDictionary().getId())) {
            return;
        }
        long id = field.getDictionary().getId();
        SharedDictionary dictionary = batch.dictionaries().get(id);
        if (dictionary == null) {
            throw new IllegalStateException("a batch without its dictionary " + id);
        }
        FieldVector values = dictionary.dictionary().getVector();
        visit(values.getField(), batch, seen, sent, messages);
        if (sent.put(id, dictionary) != dictionary) {
            VectorSchemaRoot root = new VectorSchemaRoot(List.of(values));
            root.setRowCount(values.getValueCount());
            try (ArrowRecordBatch unloaded = new VectorUnloader(root).getRecordBatch();
                    ArrowDictionaryBatch message = new ArrowDictionaryBatch(id, unloaded, false)) {
                messages.add(message(message, unloaded));
            }
        }
    }

    /**
     * The body is laid out as the header says. A buffer may have less than that: an allocator has one empty buffer for all vectors, and
     * Arrow writes into its indices.
     */
    static Flight.FlightData message(org.apache.arrow.vector.ipc.message.ArrowMessage message, ArrowRecordBatch batch) {
        List<ByteString> body = new ArrayList<>();
        long written = 0;
        for (int i = 0; i < batch.getBuffers().size(); i++) {
            ArrowBuf buffer = batch.getBuffers().get(i);
            ArrowBuffer place = batch.getBuffersLayout().get(i);
            long present =
                    Math.min(place.getSize(), buffer.capacity() - Math.min(buffer.capacity(), buffer.readerIndex()));
            body.add(zeros(place.getOffset() - written));
            body.add(present == 0 ? ByteString.EMPTY : bytes(buffer, present));
            body.add(zeros(place.getSize() - present));
            written = place.getOffset() + place.getSize();
        }
        body.add(zeros(-written & (ALIGNMENT - 1)));
        return Flight.FlightData.newBuilder()
                .setDataHeader(UnsafeByteOperations.unsafeWrap(
                        MessageSerializer.serializeMetadata(message, IpcOption.DEFAULT)))
                .setDataBody(ByteString.copyFrom(body))
                .build();
    }

    private static ByteString bytes(ArrowBuf buffer, long length) {
        return ByteString.copyFrom(buffer.nioBuffer(buffer.readerIndex(), Math.toIntExact(length)));
    }

    private static ByteString zeros(long count) {
        return count == 0 ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(new byte[Math.toIntExact(count)]);
    }
}
