package dev.bowyer.client.wire;

import com.google.flatbuffers.FlatBufferBuilder;
import com.google.protobuf.ByteString;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.BodyCompressionMethod;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Small batches as messages. */
final class Rows {
    static final Schema NUMBERS = new Schema(List.of(Field.nullable("n", new ArrowType.Int(64, true))));
    private static final DictionaryEncoding ENCODING = new DictionaryEncoding(7, false, new ArrowType.Int(32, true));
    static final Schema COLORS =
            new Schema(List.of(new Field("color", new FieldType(true, ArrowType.Utf8.INSTANCE, ENCODING), List.of())));

    private Rows() {}

    /** Rows {@code from} to {@code to - 1} of {@link #NUMBERS}. */
    static Flight.FlightData numbers(BufferAllocator allocator, long from, long to) {
        BigIntVector vector = new BigIntVector("n", allocator);
        vector.allocateNew((int) (to - from));
        for (long n = from; n < to; n++) {
            vector.set((int) (n - from), n);
        }
        vector.setValueCount((int) (to - from));
        try (Batch batch = Batch.of(NUMBERS, List.of(vector), (int) (to - from), Map.of(), 0)) {
            return OutboundMessages.batch(batch);
        }
    }

    /** One row of {@link #NUMBERS}, whose buffer says that it becomes {@code claim} bytes. */
    static Flight.FlightData compressedNumbers(byte codec, long claim) {
        ByteBuffer body = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        body.putLong(claim).putLong(0x0102030405060708L);
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int compression = BodyCompression.createBodyCompression(builder, codec, BodyCompressionMethod.BUFFER);
        RecordBatch.startNodesVector(builder, 1);
        FieldNode.createFieldNode(builder, 1, 0);
        int nodes = builder.endVector();
        RecordBatch.startBuffersVector(builder, 2);
        Buffer.createBuffer(builder, 0, 16);
        Buffer.createBuffer(builder, 0, 0);
        int buffers = builder.endVector();
        RecordBatch.startRecordBatch(builder);
        RecordBatch.addLength(builder, 1);
        RecordBatch.addNodes(builder, nodes);
        RecordBatch.addBuffers(builder, buffers);
        RecordBatch.addCompression(builder, compression);
        int batch = RecordBatch.endRecordBatch(builder);
        builder.finish(Message.createMessage(
                builder, MetadataVersion.V5, MessageHeader.RecordBatch, batch, body.capacity(), 0));
        return Flight.FlightData.newBuilder()
                .setDataHeader(ByteString.copyFrom(builder.dataBuffer()))
                .setDataBody(ByteString.copyFrom(body.array()))
                .build();
    }

    /** The dictionary of {@link #COLORS}. */
    static Flight.FlightData dictionary(BufferAllocator allocator, boolean isDelta, String... values) {
        try (VarCharVector vector = texts(allocator, values)) {
            VectorSchemaRoot root = new VectorSchemaRoot(List.of(vector));
            root.setRowCount(values.length);
            try (ArrowDictionaryBatch message =
                    new ArrowDictionaryBatch(ENCODING.getId(), new VectorUnloader(root).getRecordBatch(), isDelta)) {
                return OutboundMessages.message(message, message.getDictionary());
            }
        }
    }

    /** Rows of {@link #COLORS}, as places in the dictionary. */
    static Flight.FlightData colors(BufferAllocator allocator, int... indices) {
        IntVector vector =
                new IntVector("color", new FieldType(true, new ArrowType.Int(32, true), ENCODING), allocator);
        vector.allocateNew(indices.length);
        for (int i = 0; i < indices.length; i++) {
            vector.set(i, indices[i]);
        }
        vector.setValueCount(indices.length);
        Map<Long, SharedDictionary> dictionaries = new HashMap<>();
        dictionaries.put(ENCODING.getId(), new SharedDictionary(new Dictionary(texts(allocator), ENCODING)));
        try (Batch batch = Batch.of(COLORS, List.of(vector), indices.length, dictionaries, 0)) {
            return OutboundMessages.batch(batch);
        }
    }

    private static VarCharVector texts(BufferAllocator allocator, String... values) {
        VarCharVector vector = new VarCharVector("values", allocator);
        vector.allocateNew();
        for (int i = 0; i < values.length; i++) {
            vector.setSafe(i, values[i].getBytes(StandardCharsets.UTF_8));
        }
        vector.setValueCount(values.length);
        return vector;
    }

    /** The numbers of a batch of {@link #NUMBERS}. */
    static List<Long> of(Batch batch) {
        BigIntVector vector = (BigIntVector) batch.vector(0);
        List<Long> rows = new ArrayList<>();
        for (int i = 0; i < batch.rowCount(); i++) {
            rows.add(vector.get(i));
        }
        return rows;
    }
}
