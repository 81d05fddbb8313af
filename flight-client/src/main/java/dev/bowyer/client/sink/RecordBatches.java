package dev.bowyer.client.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Vectors as record batches of Arrow IPC: the same buffers, with indices of dictionaries exchanged if so wished. */
final class RecordBatches {
    private final BufferAllocator allocator;
    private final @Nullable LongFunction<int[]> mappings;
    private final List<ArrowFieldNode> nodes = new ArrayList<>();
    private final List<ArrowBuf> buffers = new ArrayList<>();
    private final List<Long> variadicBuffers = new ArrayList<>();

    private RecordBatches(BufferAllocator allocator, @Nullable LongFunction<int[]> mappings) {
        this.allocator = allocator;
        this.mappings = mappings;
    }

    /**
     * @param fields of a schema, or of the values of a dictionary
     * @param allocator of the indices
     * @param mappings by id of the dictionary, the index of 32 bits that takes the place of each index; null: they stay
     * @return to be closed by the caller
     */
    static ArrowRecordBatch of(
            List<Field> fields,
            List<? extends FieldVector> vectors,
            int rowCount,
            BufferAllocator allocator,
            @Nullable LongFunction<int[]> mappings) {
        RecordBatches walk = new RecordBatches(allocator, mappings);
        try {
            walk.addAll(fields, vectors);
            return new ArrowRecordBatch(
                    rowCount,
                    walk.nodes,
                    walk.buffers,
                    NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                    walk.variadicBuffers,
                    true);
        } finally {
            walk.buffers.forEach(ArrowBuf::close);
        }
    }

    /**
     * The same memory as buffers of another allocator, so that they can be loaded into its vectors.
     *
     * @return to be closed by the caller; the memory stays as long as one of the two is used
     */
    static ArrowRecordBatch adopted(ArrowRecordBatch batch, BufferAllocator allocator) {
        List<ArrowBuf> buffers = new ArrayList<>();
        try {
            for (ArrowBuf buffer : batch.getBuffers()) {
                buffers.add(adopted(buffer, allocator));
            }
            return new ArrowRecordBatch(
                    batch.getLength(),
                    batch.getNodes(),
                    buffers,
                    batch.getBodyCompression(),
                    batch.getVariadicBufferCounts(),
                    true);
        } finally {
            buffers.forEach(ArrowBuf::close);
        }
    }

    private static ArrowBuf adopted(ArrowBuf buffer, BufferAllocator allocator) {
        long size = buffer.readableBytes();
        if (size == 0) {
            return allocator.getEmpty();
        }
        buffer.getReferenceManager().retain();
        ArrowBuf adopted = allocator.wrapForeignAllocation(
                new ForeignAllocation(size, buffer.memoryAddress() + buffer.readerIndex()) {
                    @Override
                    protected void release0() {
                        buffer.close();
                    }
                });
        adopted.writerIndex(size);
        return adopted;
    }

    private void addAll(List<Field> fields, List<? extends FieldVector> vectors) {
        for (int i = 0; i < vectors.size(); i++) {
            Field field = fields.get(i);
            FieldVector vector = vectors.get(i);
            DictionaryEncoding encoding = field.getDictionary();
            if (encoding != null && mappings != null) {
                addIndices((BaseIntVector) vector, mappings.apply(encoding.getId()));
            } else {
                add(field, vector);
            }
        }
    }

    private void add(Field field, FieldVector vector) {
        if (vector instanceof ExtensionTypeVector<?> extension) {
            add(field, (FieldVector) extension.getUnderlyingVector());
            return;
        }
        nodes.add(new ArrowFieldNode(vector.getValueCount(), vector.getNullCount()));
        if (vector instanceof BaseVariableWidthViewVector views) {
            variadicBuffers.add((long) views.getDataBuffers().size());
        }
        for (ArrowBuf buffer : vector.getFieldBuffers()) {
            buffer.getReferenceManager().retain();
            buffers.add(buffer);
        }
        // Of indices, the field's children are those of the values.
        addAll(field.getChildren(), vector.getChildrenFromFields());
    }

    private void addIndices(BaseIntVector vector, int[] mapping) {
        int count = vector.getValueCount();
        nodes.add(new ArrowFieldNode(count, vector.getNullCount()));
        ArrowBuf validity = ((FieldVector) vector).getFieldBuffers().get(0);
        validity.getReferenceManager().retain();
        buffers.add(validity);
        ArrowBuf indices = allocator.buffer((long) count * Integer.BYTES);
        buffers.add(indices);
        for (int i = 0; i < count; i++) {
            int index = vector.isNull(i) ? 0 : mapping[(int) vector.getValueAsLong(i)];
            indices.setInt((long) i * Integer.BYTES, index);
        }
        indices.writerIndex((long) count * Integer.BYTES);
    }
}
