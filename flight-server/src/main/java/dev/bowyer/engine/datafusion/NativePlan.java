package dev.bowyer.engine.datafusion;

import dev.bowyer.engine.Plan;
import org.apache.arrow.vector.types.pojo.Schema;

/// @param sql for the caret under an error of a run
record NativePlan(NativeHandle handle, String sql, Schema schema, Schema parameters) implements Plan {
    @Override
    public void close() {
        handle.close();
    }
}
