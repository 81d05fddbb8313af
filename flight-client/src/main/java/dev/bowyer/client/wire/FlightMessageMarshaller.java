package dev.bowyer.client.wire;

import com.google.protobuf.WireFormat;
import io.grpc.Detachable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.arrow.flight.impl.Flight;

/**
 * Reads {@code FlightData} without its body, which stays where the transport has put it. No length in a message is believed
 * before that many bytes are there.
 */
final class FlightMessageMarshaller implements MethodDescriptor.Marshaller<FlightMessage> {
    /** Largest header of a message, in bytes: the schema of a million columns. */
    static final int MAX_HEADER = 128 * 1024 * 1024;

    private static final byte[] NONE = {};
    private static final int HEADER_TAG = tag(Flight.FlightData.DATA_HEADER_FIELD_NUMBER);
    private static final int BODY_TAG = tag(Flight.FlightData.DATA_BODY_FIELD_NUMBER);
    private static final int WIRE_TYPE_BITS = 3;
    private static final int MAX_VARINT_BYTES = 10;
    private static final int VARINT_BITS = 7;

    private static int tag(int field) {
        return field << WIRE_TYPE_BITS | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    @Override
    public InputStream stream(FlightMessage value) {
        throw new UnsupportedOperationException("for answers only");
    }

    @Override
    public FlightMessage parse(InputStream stream) {
        InputStream owned = stream;
        try {
            if (stream instanceof Detachable detachable && stream instanceof KnownLength) {
                owned = detachable.detach();
            } else {
                // Compressed by gRPC, for one: its length shows at the end only. The limit on messages holds all the
                // same.
                owned = new ByteArrayInputStream(stream.readAllBytes());
            }
            return read(owned);
        } catch (IOException | RuntimeException e) {
            closeAfter(e, owned);
            return new FlightMessage(
                    NONE, InputStream.nullInputStream(), 0, "a message that is not FlightData: " + e.getMessage());
        }
    }

    private static void closeAfter(Exception failure, InputStream owned) {
        try {
            owned.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static FlightMessage read(InputStream stream) throws IOException {
        byte[] header = NONE;
        byte[] copiedBody = NONE;
        while (stream.available() > 0) {
            int tag = Math.toIntExact(varint(stream));
            if (tag == HEADER_TAG) {
                header = bytes(stream);
            } else if (tag == BODY_TAG) {
                int length = length(stream);
                if (stream.available() == length) {
                    return new FlightMessage(header, stream, length, null);
                }
                copiedBody = stream.readNBytes(length); // not the last field, as it always is
            } else {
                skip(stream, tag);
            }
        }
        stream.close();
        return new FlightMessage(header, new ByteArrayInputStream(copiedBody), copiedBody.length, null);
    }

    private static byte[] bytes(InputStream stream) throws IOException {
        int length = length(stream);
        if (length > MAX_HEADER) {
            throw new IOException("a header of " + length + " bytes (limit: " + MAX_HEADER + ")");
        }
        return stream.readNBytes(length);
    }

    private static int length(InputStream stream) throws IOException {
        long length = varint(stream);
        if (length < 0 || length > stream.available()) {
            throw new IOException("a field of " + length + " bytes, where " + stream.available() + " are left");
        }
        return (int) length;
    }

    private static void skip(InputStream stream, int tag) throws IOException {
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_VARINT -> varint(stream);
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> stream.skipNBytes(length(stream));
            case WireFormat.WIRETYPE_FIXED32 -> stream.skipNBytes(Integer.BYTES);
            case WireFormat.WIRETYPE_FIXED64 -> stream.skipNBytes(Long.BYTES);
            default -> throw new IOException("the tag " + tag + " is none of protobuf");
        }
    }

    /** protobuf's own reader would read ahead, beyond where the body begins. */
    private static long varint(InputStream stream) throws IOException {
        long value = 0;
        for (int i = 0; i < MAX_VARINT_BYTES; i++) {
            int next = stream.read();
            if (next < 0) {
                throw new IOException("it ends within a number");
            }
            value |= (long) (next & 0x7f) << (i * VARINT_BITS);
            if (next < 0x80) {
                return value;
            }
        }
        throw new IOException("a number of more than " + MAX_VARINT_BYTES + " bytes");
    }
}
