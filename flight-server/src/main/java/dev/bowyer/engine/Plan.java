package dev.bowyer.engine;

import org.apache.arrow.vector.types.pojo.Schema;

/// A planned statement. Immutable and thread-safe; owned by whoever asked for it, who must close it.
public interface Plan extends AutoCloseable {
    /// The schema of every message of every run of this plan: the one object that goes into FlightInfo, GetSchema
    /// and DoGet.
    Schema schema();

    /// `$1`, `$2`, ... with their inferred types; without fields when the statement has no parameters.
    Schema parameters();

    /// Idempotent. Running streams go on.
    @Override
    void close();
}
