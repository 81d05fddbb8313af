package dev.bowyer.engine.datafusion;

import dev.bowyer.engine.Plan;
import org.apache.arrow.vector.types.pojo.Schema;

/// @param text what the positions of a run's errors point into
record NativePlan(
        NativeBorder border,
        NativeHandle handle,
        String text,
        Schema schema,
        Schema parameters,
        String dataVersion,
        boolean isRepeatable)
        implements Plan {
    @Override
    public int parts(int wanted) {
        return border.statementParts(handle.value(), wanted);
    }

    @Override
    public byte[] bind(byte[] ipcStream) {
        return border.ask(border.calls().statementBind, handle.value(), ipcStream, text);
    }

    @Override
    public void close() {
        handle.close();
    }
}
