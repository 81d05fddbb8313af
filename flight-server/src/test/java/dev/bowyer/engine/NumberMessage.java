package dev.bowyer.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// A record batch of one column `n` with ascending numbers, or a chunk of a file of them.
record NumberMessage(ByteBuffer header, List<ByteBuffer> body, long bodyBytes, long rows, Runnable free)
        implements BatchStream.Message {
    static final Schema SCHEMA =
            new Schema(List.of(new Field("n", FieldType.notNullable(new ArrowType.Int(64, true)), null)));

    /// @param memory lends the body
    /// @param free run by each release
    static NumberMessage of(long first, int count, LentMemory memory, Runnable free) {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            BigIntVector numbers = (BigIntVector) root.getVector(0);
            numbers.allocateNew(count);
            for (int i = 0; i < count; i++) {
                numbers.set(i, first + i);
            }
            root.setRowCount(count);
            try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
                ByteBuffer header = direct(MessageSerializer.serializeMetadata(batch, IpcOption.DEFAULT));
                LentMemory.Loan loan = memory.lend(body(batch));
                ByteBuffer body = loan.bytes();
                return new NumberMessage(header, List.of(body), body.remaining(), count, () -> {
                    loan.release();
                    free.run();
                });
            }
        }
    }

    /// @param text of a [NumberFile]
    static NumberMessage chunk(String text, int rows, LentMemory memory, Runnable free) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        LentMemory.Loan loan =
                memory.lend(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
        ByteBuffer none = ByteBuffer.allocateDirect(0).asReadOnlyBuffer();
        return new NumberMessage(none, List.of(loan.bytes()), bytes.length, rows, () -> {
            loan.release();
            free.run();
        });
    }

    private static ByteBuffer body(ArrowRecordBatch batch) {
        ByteBuffer body = ByteBuffer.allocateDirect((int) batch.computeBodyLength());
        for (int i = 0; i < batch.getBuffers().size(); i++) {
            ArrowBuffer place = batch.getBuffersLayout().get(i);
            body.position((int) place.getOffset());
            body.put(batch.getBuffers().get(i).nioBuffer(0, (int) place.getSize()));
        }
        return body.rewind();
    }

    private static ByteBuffer direct(ByteBuffer heap) {
        return ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip().asReadOnlyBuffer();
    }

    @Override
    public void release() {
        free.run();
    }
}
