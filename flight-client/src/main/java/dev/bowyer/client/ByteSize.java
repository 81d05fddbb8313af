package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;

/** An amount of memory. */
public record ByteSize(long bytes) {
    private static final long KIBI = 1024;

    /** @throws BowyerException INVALID_ARGUMENT unless {@code bytes} is positive */
    public ByteSize {
        if (bytes <= 0) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT, "size: " + bytes + " (expected: 1 or more bytes)", null);
        }
    }

    public static ByteSize ofBytes(long bytes) {
        return new ByteSize(bytes);
    }

    public static ByteSize ofMebibytes(long mebibytes) {
        return new ByteSize(Math.multiplyExact(mebibytes, KIBI * KIBI));
    }

    public static ByteSize ofGibibytes(long gibibytes) {
        return new ByteSize(Math.multiplyExact(gibibytes, KIBI * KIBI * KIBI));
    }
}
