package dev.bowyer.engine;

/// What the messages of a run hold.
public enum OutputFormat {
    /// Record batches, encoded as Arrow IPC messages of [Plan#schema].
    ARROW,
    /// One JSON array of objects, with every column in each; `[]` without rows.
    JSON,
    /// One JSON object a line; nothing without rows.
    NDJSON,
    /// RFC 4180 with a line of column names, also without rows.
    CSV,
    /// A Parquet file of bounded row groups, compressed with zstd.
    PARQUET
}
