package dev.bowyer.flight.wire;

import com.google.protobuf.ByteString;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;

/// What a message of a client claims, against what it is: a few bytes can describe gigabytes when parts of the
/// message are named many times over, and whoever reads it would copy each.
final class IpcClaims {
    /// Most fields of a schema, nested ones included.
    static final int MAX_FIELDS = 1_000;
    /// Longest `Message` flatbuffer, in bytes.
    static final int MAX_HEADER_BYTES = 256 * 1024;

    private IpcClaims() {}

    /// @throws ServiceException INVALID_ARGUMENT for a message that claims more than it holds; LIMIT_REACHED
    static void check(ByteString header, long bodyBytes) {
        if (header.size() > MAX_HEADER_BYTES) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "upload-header-bytes: " + header.size() + " (limit: " + MAX_HEADER_BYTES + ")");
        }
        try {
            Message message = Message.getRootAsMessage(header.asReadOnlyByteBuffer());
            if (message.header(new Schema()) instanceof Schema schema && message.headerType() == MessageHeader.Schema) {
                int left = MAX_FIELDS;
                for (int i = 0; i < schema.fieldsLength(); i++) {
                    left = without(schema.fields(i), left);
                }
            }
            if (message.headerType() == MessageHeader.RecordBatch
                    && message.header(new RecordBatch()) instanceof RecordBatch batch) {
                check(batch, bodyBytes);
            }
            if (message.headerType() == MessageHeader.DictionaryBatch
                    && message.header(new DictionaryBatch()) instanceof DictionaryBatch dictionary) {
                check(dictionary.data(), bodyBytes);
            }
        } catch (IndexOutOfBoundsException | NullPointerException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "parameters: a message is not one of Arrow IPC", null, e);
        }
    }

    private static int without(Field field, int left) {
        if (left == 0) {
            throw new ServiceException(ErrorCode.LIMIT_REACHED, "upload-fields: more than " + MAX_FIELDS);
        }
        int rest = left - 1;
        for (int i = 0; i < field.childrenLength(); i++) {
            rest = without(field.children(i), rest);
        }
        return rest;
    }

    private static void check(RecordBatch batch, long bodyBytes) {
        long claimed = 0;
        for (int i = 0; i < batch.buffersLength(); i++) {
            long length = batch.buffers(i).length();
            claimed += length;
            if (length < 0 || claimed > bodyBytes) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "parameters: the buffers of a message claim more than the " + bodyBytes + " bytes of its body");
            }
        }
    }
}
