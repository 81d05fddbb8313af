package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Schemas in messages, and whether two of them are of the same rows. */
final class Schemas {
    private Schemas() {}

    /** @return null when the server told none */
    static @Nullable Schema parse(ByteString ipc) {
        if (ipc.isEmpty()) {
            return null;
        }
        ByteBuffer bytes = ipc.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        try {
            int length = bytes.getInt();
            if (length == MessageSerializer.IPC_CONTINUATION_TOKEN) {
                length = bytes.getInt();
            }
            if (length <= 0 || length > bytes.remaining()) {
                throw new BadAnswer("a schema of " + length + " bytes, where " + bytes.remaining() + " are left");
            }
            return MessageSerializer.deserializeSchema(Message.getRootAsMessage(bytes.slice()));
        } catch (BadAnswer e) {
            throw e;
        } catch (RuntimeException e) {
            throw new BadAnswer("a schema that cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Names and types must agree, at every depth; whether columns may be null, and metadata, may differ.
     *
     * @throws BowyerException SCHEMA_MISMATCH naming the first column that differs
     */
    static void same(Schema first, Schema other, int firstEndpoint, int otherEndpoint) {
        List<Field> wanted = first.getFields();
        List<Field> sent = other.getFields();
        for (int i = 0; i < Math.min(wanted.size(), sent.size()); i++) {
            String difference = difference(wanted.get(i), sent.get(i));
            if (difference != null) {
                throw mismatch(firstEndpoint, otherEndpoint, "column " + i + " " + difference);
            }
        }
        if (sent.size() > wanted.size()) {
            throw mismatch(
                    firstEndpoint,
                    otherEndpoint,
                    "column " + wanted.size() + " \"" + sent.get(wanted.size()).getName() + "\" is one more");
        }
        if (sent.size() < wanted.size()) {
            throw mismatch(
                    firstEndpoint,
                    otherEndpoint,
                    "column " + sent.size() + " \"" + wanted.get(sent.size()).getName() + "\" is missing");
        }
    }

    private static @Nullable String difference(Field wanted, Field sent) {
        if (!wanted.getName().equals(sent.getName())) {
            return "is \"" + sent.getName() + "\" and not \"" + wanted.getName() + "\"";
        }
        boolean sameEncoding = (wanted.getDictionary() == null) == (sent.getDictionary() == null);
        if (!wanted.getType().equals(sent.getType())
                || !sameEncoding
                || wanted.getChildren().size() != sent.getChildren().size()) {
            return "\"" + wanted.getName() + "\" is of type " + described(sent) + " and not " + described(wanted);
        }
        for (int i = 0; i < wanted.getChildren().size(); i++) {
            String inner =
                    difference(wanted.getChildren().get(i), sent.getChildren().get(i));
            if (inner != null) {
                return "\"" + wanted.getName() + "\", within: " + inner;
            }
        }
        return null;
    }

    private static String described(Field field) {
        String type = field.getChildren().isEmpty() ? field.getType().toString() : field.toString();
        return field.getDictionary() == null ? type : type + " by dictionary";
    }

    private static BowyerException mismatch(int first, int other, String difference) {
        return BowyerException.of(
                ErrorCodes.SCHEMA_MISMATCH,
                "endpoint " + other + " sends other columns than endpoint " + first + ": " + difference,
                "the server contradicts itself; its rows cannot be put together");
    }
}
