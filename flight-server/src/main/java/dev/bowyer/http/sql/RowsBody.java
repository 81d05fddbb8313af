package dev.bowyer.http.sql;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.OutputFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// The bytes of a body, made of the messages of a run: those of a file as they are, those of Arrow each with the frame
/// that the IPC stream format has around it. Rows are never decoded.
sealed interface RowsBody {
    /// What stands before the first message.
    byte[] start(Schema schema);

    /// The frame of a message: what stands before its body.
    byte[] frame(BatchStream.Message message);

    /// What says that nothing is missing.
    byte[] end();

    static RowsBody of(OutputFormat format) {
        return switch (format) {
            case ARROW -> new ArrowStream();
            case JSON, NDJSON, CSV, PARQUET -> new File();
        };
    }

    /// All of `message` in order. Valid as long as the message is.
    default List<ByteBuffer> buffers(BatchStream.Message message) {
        return Stream.concat(Stream.of(ByteBuffer.wrap(frame(message))), message.body().stream())
                .toList();
    }

    /// A file in chunks, complete in itself.
    record File() implements RowsBody {
        private static final byte[] NOTHING = {};

        @Override
        public byte[] start(Schema schema) {
            return NOTHING;
        }

        @Override
        public byte[] frame(BatchStream.Message message) {
            return NOTHING;
        }

        @Override
        public byte[] end() {
            return NOTHING;
        }
    }

    /// The Arrow IPC streaming format: the schema, then each message behind a continuation marker and the length of its
    /// header, and an empty message as the end.
    record ArrowStream() implements RowsBody {
        private static final int CONTINUATION = -1;
        private static final int ALIGNMENT = 8;
        private static final byte[] END = {-1, -1, -1, -1, 0, 0, 0, 0};

        @Override
        public byte[] start(Schema schema) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                MessageSerializer.serialize(new WriteChannel(Channels.newChannel(bytes)), schema);
            } catch (IOException e) {
                throw new UncheckedIOException("writing to memory failed", e);
            }
            return bytes.toByteArray();
        }

        @Override
        public byte[] frame(BatchStream.Message message) {
            ByteBuffer header = message.header().duplicate();
            int prefix = 2 * Integer.BYTES;
            int padded = (prefix + header.remaining() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            ByteBuffer frame = ByteBuffer.allocate(padded).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(CONTINUATION).putInt(padded - prefix).put(header);
            return frame.array();
        }

        @Override
        public byte[] end() {
            return END.clone();
        }
    }
}
