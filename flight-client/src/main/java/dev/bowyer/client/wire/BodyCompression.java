package dev.bowyer.client.wire;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;

/**
 * Buffers that were compressed one by one. How large each becomes stands before it, and is believed only up to the memory budget.
 *
 * @see <a href="https://arrow.apache.org/docs/format/Columnar.html#recordbatch-body-compression">Body compression</a>
 */
final class BodyCompression {
    private static final int PREFIX = Long.BYTES;
    private static final long NOT_COMPRESSED = -1;
    private static final int CHUNK = 64 * 1024;

    private BodyCompression() {}

    /**
     * @param batch taken over: it is given back, or closed
     * @param budget most bytes of all buffers together
     */
    static ArrowRecordBatch decompressed(
            RecordBatch message, ArrowRecordBatch batch, BufferAllocator allocator, long budget) throws IOException {
        if (message.compression() == null) {
            return batch;
        }
        List<ArrowBuf> buffers = new ArrayList<>();
        try (batch) {
            checkClaims(batch, budget);
            byte codec = message.compression().codec();
            for (ArrowBuf buffer : batch.getBuffers()) {
                buffers.add(decompressed(codec, buffer, allocator));
            }
            return new ArrowRecordBatch(
                    batch.getLength(),
                    batch.getNodes(),
                    buffers,
                    NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                    batch.getVariadicBufferCounts(),
                    false,
                    false);
        } catch (IOException | RuntimeException | Error e) {
            buffers.forEach(ArrowBuf::close);
            throw e;
        }
    }

    private static void checkClaims(ArrowRecordBatch batch, long budget) {
        long sum = 0;
        for (ArrowBuf buffer : batch.getBuffers()) {
            if (buffer.capacity() == 0) {
                continue;
            }
            long claim = buffer.capacity() < PREFIX ? Long.MIN_VALUE : buffer.getLong(0);
            if (claim < NOT_COMPRESSED) {
                throw new BadAnswer("a compressed buffer of " + buffer.capacity() + " bytes, without its length");
            }
            sum += claim == NOT_COMPRESSED ? buffer.capacity() : claim;
            if (sum < 0 || sum > budget) {
                throw Failures.budget(sum < 0 ? Long.MAX_VALUE : sum, budget);
            }
        }
    }

    private static ArrowBuf decompressed(byte codec, ArrowBuf buffer, BufferAllocator allocator) throws IOException {
        if (buffer.capacity() == 0) {
            return allocator.getEmpty();
        }
        long length = buffer.getLong(0);
        if (length == NOT_COMPRESSED) {
            ArrowBuf rest = buffer.slice(PREFIX, buffer.capacity() - PREFIX);
            rest.getReferenceManager().retain();
            return rest;
        } else if (length == 0) {
            return allocator.getEmpty();
        } else if (codec == CompressionType.LZ4_FRAME) {
            return lz4(buffer, length, allocator);
        } else if (codec == CompressionType.ZSTD) {
            return zstd(buffer, length, allocator);
        }
        throw new BadAnswer("a batch compressed by codec " + codec + ", which Arrow does not have");
    }

    private static ArrowBuf zstd(ArrowBuf buffer, long length, BufferAllocator allocator) {
        CompressionCodec codec = CommonsCompressionFactory.INSTANCE.createCodec(CompressionUtil.CodecType.ZSTD);
        buffer.getReferenceManager().retain(); // the codec gives one hold up, when it succeeds
        try {
            ArrowBuf decompressed = codec.decompress(allocator, buffer);
            if (decompressed.capacity() < length) {
                decompressed.close();
                throw new BadAnswer("a compressed buffer that is shorter than it says, " + length + " bytes");
            }
            return decompressed;
        } catch (RuntimeException | Error e) {
            if (!(e instanceof BadAnswer)) {
                buffer.getReferenceManager().release();
            }
            throw e;
        }
    }

    /** Piece by piece, and never more than was claimed. */
    private static ArrowBuf lz4(ArrowBuf buffer, long length, BufferAllocator allocator) throws IOException {
        ArrowBuf target = allocator.buffer(length).slice(0, length);
        try (InputStream frame = new FramedLZ4CompressorInputStream(new BufferInput(buffer, PREFIX))) {
            byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
            long written = 0;
            for (int read = frame.read(chunk); read >= 0; read = frame.read(chunk)) {
                if (read > length - written) {
                    throw new BadAnswer("a compressed buffer that is longer than it says, " + length + " bytes");
                }
                target.setBytes(written, chunk, 0, read);
                written += read;
            }
            if (written < length) {
                throw new BadAnswer("a compressed buffer that is shorter than it says, " + length + " bytes");
            }
            return target.writerIndex(length);
        } catch (IOException | RuntimeException | Error e) {
            target.close();
            throw e;
        }
    }

    /** The bytes of a buffer, from a place on. */
    private static final class BufferInput extends InputStream {
        private final ArrowBuf buffer;
        private long next;

        BufferInput(ArrowBuf buffer, long start) {
            this.buffer = buffer;
            this.next = start;
        }

        @Override
        public int read() {
            return next == buffer.capacity() ? -1 : buffer.getByte(next++) & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            int count = (int) Math.min(length, buffer.capacity() - next);
            if (count == 0) {
                return -1;
            }
            buffer.getBytes(next, target, offset, count);
            next += count;
            return count;
        }
    }
}
