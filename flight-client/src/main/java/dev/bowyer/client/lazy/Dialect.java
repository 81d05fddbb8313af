package dev.bowyer.client.lazy;

/**
 * The SQL that a server speaks. Nearly all of a statement is standard SQL; the dialects differ in regular expressions
 * and in the first and last value of a group.
 */
public enum Dialect {
    /** Bowyer, and other servers on Apache DataFusion. */
    DATAFUSION,
    /** Servers on DuckDB. */
    DUCKDB
}
