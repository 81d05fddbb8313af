package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ServiceException;
import java.util.Optional;

/// Failures of Iceberg's code as ours. Its messages have whole paths, and often not the one that matters.
final class Failures {
    private static final int MAX_CAUSES = 16;

    private Failures() {}

    /// One of ours that Iceberg's code has passed on.
    static Optional<ServiceException> ours(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof ServiceException service) {
                return Optional.of(service);
            }
            if (cause instanceof UnreadableObject unreadable) {
                return Optional.of(unreadable.failure());
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }
}
