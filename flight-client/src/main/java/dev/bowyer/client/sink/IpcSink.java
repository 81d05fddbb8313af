package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Sink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Rows as Arrow IPC, batch by batch as they came; the result is the number of rows. Every type of Arrow is kept but
 * decimals of 32 and 64 bits, which Arrow's vectors do not hold: they are a TYPE_MISMATCH. An index that is not in its
 * dictionary is a BAD_ANSWER. A sink can be used again, and by several threads at once where each has a target of its
 * own.
 *
 * <pre>{@code
 * long rows = client.sql("SELECT * FROM trips").into(IpcSink.file(Path.of("trips.arrow")));
 * }</pre>
 */
public final class IpcSink {
    private IpcSink() {}

    /**
     * A file of the random access format. It appears when it is whole: a failure leaves nothing behind, and an existing
     * file as it was.
     *
     * <p>The format has room for one dictionary a column, so those of the batches are unified, in memory; indices
     * become integers of 32 bits.
     *
     * @param path an existing file is replaced; its folder must exist
     */
    public static Sink<Long> file(Path path) {
        return source -> Reading.of(
                source,
                stream -> TargetFile.write(path, temporary -> {
                    try (FileChannel channel = create(temporary);
                            BufferAllocator allocator = new RootAllocator();
                            IpcFileWriter writer = new IpcFileWriter(channel, stream.schema(), allocator)) {
                        for (Batch batch : stream) {
                            try (batch) {
                                writer.write(batch);
                            }
                        }
                        writer.end();
                        return stream.rowsRead();
                    }
                }));
    }

    /**
     * A file of the streaming format; it appears when it is whole, as in {@link #file}. A dictionary that changes is
     * written again, so indices stay as they are.
     */
    public static Sink<Long> stream(Path path) {
        return source -> Reading.of(
                source,
                stream -> TargetFile.write(path, temporary -> {
                    try (FileChannel channel = create(temporary)) {
                        return write(stream, channel);
                    }
                }));
    }

    /**
     * The streaming format.
     *
     * @param target not closed, but flushed; after a failure, it has received a part
     */
    public static Sink<Long> stream(OutputStream target) {
        return source -> Reading.of(source, stream -> {
            try {
                long rows = write(stream, Channels.newChannel(target));
                target.flush();
                return rows;
            } catch (IOException e) {
                throw Failure.of("to the output stream", e, "what was written is a part");
            }
        });
    }

    /**
     * One complete stream for each batch: schema, dictionaries, the batch, end. A result without batches gives one
     * stream without a batch.
     *
     * @param consumer called in order, at least once, by the thread that reads; the array is its own
     */
    public static Sink<Long> messages(Consumer<byte[]> consumer) {
        return source -> Reading.of(source, stream -> {
            boolean empty = true;
            for (Batch batch : stream) {
                byte[] bytes;
                try (batch) {
                    bytes = encode(stream, batch);
                }
                consumer.accept(bytes);
                empty = false;
            }
            if (empty) {
                consumer.accept(encode(stream, null));
            }
            return stream.rowsRead();
        });
    }

    private static FileChannel create(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static long write(BatchStream stream, WritableByteChannel channel) throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                IpcStreamWriter writer = new IpcStreamWriter(channel, stream.schema(), allocator)) {
            for (Batch batch : stream) {
                try (batch) {
                    writer.write(batch);
                }
            }
            writer.end();
            return stream.rowsRead();
        }
    }

    private static byte[] encode(BatchStream stream, @Nullable Batch batch) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                IpcStreamWriter writer = new IpcStreamWriter(Channels.newChannel(bytes), stream.schema(), allocator)) {
            if (batch != null) {
                writer.write(batch);
            }
            writer.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // bytes go to memory
        }
        return bytes.toByteArray();
    }
}
