package dev.bowyer.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Reads a message the way a client does.
public final class DecodedBatch {
    private DecodedBatch() {}

    /// What `look` makes of the rows. The message is neither moved nor released.
    public static <T> T of(BatchStream.Message message, Schema schema, Function<VectorSchemaRoot, T> look) {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                ArrowRecordBatch batch = batch(message, allocator)) {
            new VectorLoader(root).load(batch);
            return look.apply(root);
        }
    }

    private static ArrowRecordBatch batch(BatchStream.Message message, BufferAllocator allocator) {
        // Becomes the batch's.
        ArrowBuf body = allocator.buffer(message.bodyBytes());
        long at = 0;
        for (ByteBuffer part : message.body()) {
            body.setBytes(at, part.duplicate());
            at += part.remaining();
        }
        try {
            Message header = Message.getRootAsMessage(message.header().duplicate());
            return MessageSerializer.deserializeRecordBatch(header, body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
