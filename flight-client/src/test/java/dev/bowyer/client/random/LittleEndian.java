package dev.bowyer.client.random;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;

/** The bytes of one Arrow buffer, as they grow. */
final class LittleEndian {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The lowest {@code width} bytes of {@code value}. */
    LittleEndian put(long value, int width) {
        for (int i = 0; i < width; i++) {
            bytes.write((int) (value >> (8 * i)));
        }
        return this;
    }

    LittleEndian put(BigInteger value, int width) {
        byte[] bigEndian = value.toByteArray();
        for (int i = 0; i < width; i++) {
            int place = bigEndian.length - 1 - i;
            bytes.write(place >= 0 ? bigEndian[place] : value.signum() < 0 ? -1 : 0);
        }
        return this;
    }

    LittleEndian put(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    int size() {
        return bytes.size();
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
