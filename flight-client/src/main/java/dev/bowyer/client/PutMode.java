package dev.bowyer.client;

/** What becomes of a table that exists, and of one that does not. */
public enum PutMode {
    /** The table must not exist. */
    CREATE,
    /** The table must exist; rows are added. */
    APPEND,
    /** The table is created, or its rows are replaced. */
    REPLACE,
    /** The table is created, or rows are added to it. */
    CREATE_OR_APPEND
}
