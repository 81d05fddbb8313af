package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.Arrays;

/** A checksum for each message of an endpoint: enough to see whether a second answer begins as the first did. */
final class Digests {
    /** Most messages that can be told again; a stream of more cannot be resumed. */
    static final int MAX_MESSAGES = 1 << 22;

    private static final int FIRST = 64;

    private long[] digests = new long[FIRST];
    private int count;
    private boolean overflown;

    void add(long digest) {
        if (count == MAX_MESSAGES) {
            overflown = true;
            return;
        }
        if (count == digests.length) {
            digests = Arrays.copyOf(digests, count * 2);
        }
        digests[count++] = digest;
    }

    int count() {
        return count;
    }

    boolean areComplete() {
        return count > 0 && !overflown;
    }

    void clear() {
        count = 0;
        overflown = false;
    }

    /** @throws BowyerException UNAVAILABLE when it is another message */
    void check(int index, long digest) {
        if (digests[index] != digest) {
            throw otherAnswer();
        }
    }

    static BowyerException otherAnswer() {
        return BowyerException.of(
                ErrorCodes.UNAVAILABLE,
                "the connection broke, and what the server sends for the same ticket now begins with other rows",
                "run the query again; with ORDER BY, or by fetch(), it can be resumed");
    }
}
