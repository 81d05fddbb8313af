package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;

/// Until when the manifests of a version are read.
///
/// @param table for messages
/// @param nanos as [System#nanoTime] counts
record Deadline(String table, Duration limit, long nanos) {
    static Deadline in(Duration limit, String table) {
        return new Deadline(table, limit, System.nanoTime() + limit.toNanos());
    }

    /// @throws ServiceException UNAVAILABLE once it is over
    void check() {
        if (System.nanoTime() - nanos > 0) {
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE,
                    "table \"" + table + "\": its manifests were not read within " + limit.toMillis() + " ms",
                    "try again: those that were read are kept; rewrite manifests if there are very many");
        }
    }
}
