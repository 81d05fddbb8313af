package dev.bowyer.flight.wire;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// A schema as Flight carries it outside of FlightData: an encapsulated IPC message, with continuation marker
/// and length.
public final class SchemaBytes {
    private SchemaBytes() {}

    public static ByteString of(Schema schema) {
        ByteString.Output out = ByteString.newOutput();
        try {
            MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), schema);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toByteString();
    }
}
