package dev.bowyer.client.random;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ReferenceManager;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/** Columns' buffers as record batches of arrow-java, and as the bytes of IPC messages. */
final class Messages {
    private final BufferAllocator memory;
    private final CompressionCodec codec;

    Messages(BufferAllocator memory, CodecType type) {
        this.memory = memory;
        codec = type == CodecType.NO_COMPRESSION
                ? NoCompressionCodec.INSTANCE
                : CommonsCompressionFactory.INSTANCE.createCodec(type);
    }

    /** One message: the continuation mark, the length of the header, the header and the body. */
    static byte[] schema(Schema schema) {
        return written(out -> MessageSerializer.serialize(out, schema));
    }

    byte[] batch(PartEncoder.Step step) {
        try (ArrowRecordBatch batch = recordBatch(step.rows(), step.columns(), ownEmpty())) {
            return written(out -> MessageSerializer.serialize(out, batch));
        }
    }

    byte[] dictionary(PartEncoder.DictionaryRows rows) {
        ArrowRecordBatch values = recordBatch(rows.count(), rows.column(), ownEmpty());
        try (ArrowDictionaryBatch batch = new ArrowDictionaryBatch(rows.id(), values, rows.delta())) {
            return written(out -> MessageSerializer.serialize(out, batch));
        }
    }

    /** For Arrow's vectors. To be closed by the caller. */
    ArrowRecordBatch recordBatch(int rows, ColumnEncoder columns) {
        return recordBatch(rows, columns, memory.getEmpty());
    }

    private ArrowRecordBatch recordBatch(int rows, ColumnEncoder columns, ArrowBuf empty) {
        List<ArrowBuf> buffers = new ArrayList<>();
        for (byte[] bytes : columns.buffers) {
            buffers.add(compressed(bytes, empty));
        }
        return new ArrowRecordBatch(
                rows,
                columns.nodes,
                buffers,
                CompressionUtil.createBodyCompression(codec),
                columns.variadicCounts,
                true,
                false);
    }

    /**
     * Not Arrow's, of which there is one for all allocators and threads, with one index that it is written at: a list
     * of no rows in another thread sets that to the size of its first offset, in the middle of a message here.
     */
    private ArrowBuf ownEmpty() {
        return new ArrowBuf(ReferenceManager.NO_OP, null, 0, memory.getEmpty().memoryAddress());
    }

    private ArrowBuf compressed(byte[] bytes, ArrowBuf empty) {
        if (bytes.length == 0 && codec == NoCompressionCodec.INSTANCE) {
            return empty;
        }
        ArrowBuf buffer = memory.buffer(Math.max(1, bytes.length));
        buffer.writeBytes(bytes);
        return codec.compress(memory, buffer);
    }

    @FunctionalInterface
    private interface Writing {
        void to(WriteChannel out) throws IOException;
    }

    private static byte[] written(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (WriteChannel out = new WriteChannel(Channels.newChannel(bytes))) {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
