package dev.bowyer.cache;

import dev.bowyer.engine.OutputFormat;
import dev.bowyer.engine.PlanOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// All that an answer depends on. The caller is part of it: no two callers share an answer.
///
/// @param parameters as they are bound; not to be changed
/// @param timeout of the request. The rows do not depend on it, but who waits for another's run fails with it
/// @param coding of the bytes: `identity` or `gzip`
/// @param dataVersion see [dev.bowyer.engine.Plan#dataVersion]
public record ResultKey(
        String caller,
        String sql,
        PlanOptions options,
        ByteBuffer parameters,
        OutputFormat format,
        @Nullable Long limit,
        @Nullable Duration timeout,
        String coding,
        String dataVersion) {
    /// Of the objects of an entry, in bytes.
    private static final int OVERHEAD = 512;

    /// Roughly, in memory.
    int bytes() {
        return 2 * sql.length() + parameters.remaining() + OVERHEAD;
    }
}
