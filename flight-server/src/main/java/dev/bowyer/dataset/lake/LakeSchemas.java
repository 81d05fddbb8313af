package dev.bowyer.dataset.lake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.util.Base64;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Keys of field metadata, and the form in which a schema travels to the engine.
public final class LakeSchemas {
    /// The id of a field in the files; a number.
    public static final String FIELD_ID = "PARQUET:field_id";
    /// The name of a field in the files, where it is not its own.
    public static final String PHYSICAL = "bowyer.physical";
    /// The value in files that lack the field, as text that casts to its type; hex digits for binary types.
    public static final String DEFAULT = "bowyer.default";
    /// A JSON list of the names that the field may have in files without ids.
    public static final String NAMES = "bowyer.names";

    private LakeSchemas() {}

    /// An encapsulated IPC Schema message, base 64.
    public static String base64(Schema schema) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (WriteChannel channel = new WriteChannel(Channels.newChannel(bytes))) {
            MessageSerializer.serialize(channel, schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
