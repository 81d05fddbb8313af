package dev.bowyer.client.frame;

import dev.bowyer.client.frame.value.SampleVectors;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Frames of Java objects. */
public final class SampleFrames {
    private final BufferAllocator allocator;
    private final List<Field> fields = new ArrayList<>();
    private final List<List<? extends @Nullable Object>> columns = new ArrayList<>();

    public SampleFrames(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    public SampleFrames add(Field field, List<? extends @Nullable Object> values) {
        fields.add(field);
        columns.add(values);
        return this;
    }

    /** All rows in one batch. */
    public Batch batch() {
        return batch(0, columns.isEmpty() ? 0 : columns.get(0).size());
    }

    private Batch batch(int from, int to) {
        SampleVectors vectors = new SampleVectors(allocator);
        List<FieldVector> written = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            written.add(vectors.write(fields.get(i), columns.get(i).subList(from, to)));
        }
        return Batch.of(new Schema(fields), written, to - from, vectors.dictionaries(), 0);
    }

    public ArrowFrame frame() {
        return ArrowFrame.of(new Schema(fields), List.of(batch()));
    }

    /** Chunks of so many rows. */
    public ArrowFrame frame(int rows) {
        List<Batch> chunks = new ArrayList<>();
        int all = columns.get(0).size();
        for (int from = 0; from < all; from += rows) {
            chunks.add(batch(from, Math.min(all, from + rows)));
        }
        return ArrowFrame.of(new Schema(fields), chunks);
    }
}
