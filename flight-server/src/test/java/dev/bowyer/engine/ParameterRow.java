package dev.bowyer.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.jspecify.annotations.Nullable;

/// Values for parameters, as clients send them: one Arrow IPC stream.
public final class ParameterRow {
    private ParameterRow() {}

    /// One row of the values, each of the type that fits it best; null is of the type NULL, text is large.
    public static byte[] of(@Nullable Object... values) {
        return stream(1, null, values);
    }

    /// The same value in every row.
    public static byte[] rows(int rows, Object value) {
        return stream(rows, null, value);
    }

    public static byte[] compressed(Object value) {
        return stream(1, new StoredCodec(), value);
    }

    private static byte[] stream(int rows, @Nullable CompressionCodec codec, @Nullable Object... values) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = new VectorSchemaRoot(vectors(allocator, rows, values))) {
            root.setRowCount(rows);
            try (ArrowStreamWriter writer = codec == null
                    ? new ArrowStreamWriter(root, null, stream)
                    : new ArrowStreamWriter(
                            root,
                            null,
                            Channels.newChannel(stream),
                            IpcOption.DEFAULT,
                            new OneCodec(codec),
                            codec.getCodecType())) {
                if (rows > 0) {
                    writer.writeBatch();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stream.toByteArray();
    }

    private static List<FieldVector> vectors(BufferAllocator allocator, int rows, @Nullable Object... values) {
        List<FieldVector> vectors = new ArrayList<>();
        for (Object value : values) {
            FieldVector vector = vector(allocator, "p" + vectors.size(), rows, value);
            vector.setValueCount(rows);
            vectors.add(vector);
        }
        return vectors;
    }

    private static FieldVector vector(BufferAllocator allocator, String name, int rows, @Nullable Object value) {
        switch (value) {
            case null -> {
                return new NullVector(name);
            }
            case Long number -> {
                BigIntVector vector = new BigIntVector(name, allocator);
                fill(rows, row -> vector.setSafe(row, number));
                return vector;
            }
            case Integer number -> {
                IntVector vector = new IntVector(name, allocator);
                fill(rows, row -> vector.setSafe(row, number));
                return vector;
            }
            case Double number -> {
                Float8Vector vector = new Float8Vector(name, allocator);
                fill(rows, row -> vector.setSafe(row, number));
                return vector;
            }
            case BigDecimal number -> {
                DecimalVector vector = new DecimalVector(name, allocator, number.precision(), number.scale());
                fill(rows, row -> vector.setSafe(row, number));
                return vector;
            }
            case LocalDate date -> {
                DateDayVector vector = new DateDayVector(name, allocator);
                fill(rows, row -> vector.setSafe(row, (int) date.toEpochDay()));
                return vector;
            }
            case String text -> {
                LargeVarCharVector vector = new LargeVarCharVector(name, allocator);
                fill(rows, row -> vector.setSafe(row, text.getBytes(StandardCharsets.UTF_8)));
                return vector;
            }
            default -> throw new IllegalArgumentException("no vector for " + value.getClass());
        }
    }

    private static void fill(int rows, IntConsumer set) {
        for (int row = 0; row < rows; row++) {
            set.accept(row);
        }
    }

    /// Says LZ4 and stores every buffer as it is, which the format allows: a length of -1 before the bytes.
    private static final class StoredCodec implements CompressionCodec {
        @Override
        public ArrowBuf compress(BufferAllocator allocator, ArrowBuf plain) {
            long length = plain.writerIndex();
            ArrowBuf stored = allocator.buffer(Long.BYTES + length);
            stored.setLong(0, -1);
            stored.setBytes(Long.BYTES, plain, 0, length);
            stored.writerIndex(Long.BYTES + length);
            plain.close();
            return stored;
        }

        @Override
        public ArrowBuf decompress(BufferAllocator allocator, ArrowBuf stored) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompressionUtil.CodecType getCodecType() {
            return CompressionUtil.CodecType.LZ4_FRAME;
        }
    }

    private record OneCodec(CompressionCodec codec) implements CompressionCodec.Factory {
        @Override
        public CompressionCodec createCodec(CompressionUtil.CodecType type) {
            return codec;
        }

        @Override
        public CompressionCodec createCodec(CompressionUtil.CodecType type, int level) {
            return codec;
        }
    }
}
