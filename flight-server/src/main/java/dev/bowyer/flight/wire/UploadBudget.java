package dev.bowyer.flight.wire;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.concurrent.atomic.AtomicLong;

/// How much of what clients upload may lie in the heap at a time, over all calls. Thread-safe.
public final class UploadBudget {
    /// In bytes.
    static final long MAX_BYTES = 64L * 1024 * 1024;

    private final AtomicLong taken = new AtomicLong();

    /// @throws ServiceException LIMIT_REACHED if there is not that much left
    void take(long bytes) {
        if (taken.addAndGet(bytes) > MAX_BYTES) {
            taken.addAndGet(-bytes);
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "all-upload-bytes: other uploads fill the " + MAX_BYTES + " bytes that there are",
                    "try again later");
        }
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }
}
