package dev.bowyer.error;

/// Every way a request can fail, as a stable name that clients may test for. The Rust engine uses the same names.
///
/// Litmus test for a new code: would a caller act differently than on an existing one? If not, use the existing
/// one.
public enum ErrorCode {
    /// The SQL text does not parse or does not type-check.
    INVALID_SQL(Kind.INVALID),
    /// The SQL names a column that no table in scope has.
    UNKNOWN_COLUMN(Kind.INVALID),
    /// The SQL names a function that the engine does not have.
    UNKNOWN_FUNCTION(Kind.INVALID),
    /// The SQL is over a named limit of size, nesting or chain length.
    SQL_TOO_COMPLEX(Kind.INVALID),
    /// A value met at run time does not fit: a failed cast, a division by zero, an overflow.
    INVALID_VALUE(Kind.INVALID),
    /// A request field, parameter or option is out of its range or of the wrong type.
    INVALID_ARGUMENT(Kind.INVALID),
    /// A ticket or handle that this server did not issue.
    INVALID_TICKET(Kind.INVALID),
    /// No credentials, wrong ones, or an access token that has expired.
    UNAUTHENTICATED(Kind.UNAUTHENTICATED),
    /// The ticket or the query is somebody else's.
    PERMISSION_DENIED(Kind.DENIED),
    /// A ticket of this server that is past its expiry.
    TICKET_EXPIRED(Kind.NOT_FOUND),
    /// The configuration file or the command line is wrong.
    INVALID_CONFIG(Kind.INVALID),
    /// A statement that this server does not run for anyone: DDL, DML, COPY, SET.
    STATEMENT_NOT_ALLOWED(Kind.DENIED),
    /// No dataset (table) of that name.
    DATASET_NOT_FOUND(Kind.NOT_FOUND),
    /// No query or prepared statement of that id.
    QUERY_NOT_FOUND(Kind.NOT_FOUND),
    /// A session that has expired, or of a server with another key.
    SESSION_ENDED(Kind.NOT_FOUND),
    /// The file or folder behind a dataset does not exist or holds no data file.
    SOURCE_NOT_FOUND(Kind.NOT_FOUND),
    /// A dataset of that name is registered already.
    DATASET_EXISTS(Kind.CONFLICT),
    /// A file was replaced or removed while a query was reading it.
    SOURCE_CHANGED(Kind.CONFLICT),
    /// A data file is damaged: zero bytes, truncated, wrong magic, ragged rows.
    SOURCE_INVALID(Kind.INVALID),
    /// Two files of one dataset give a column different types.
    SCHEMA_CONFLICT(Kind.INVALID),
    /// The format of a file is unknown, or the files of a folder have several.
    UNKNOWN_FORMAT(Kind.INVALID),
    /// The query, or the whole server, is out of its memory budget.
    MEMORY_LIMIT(Kind.EXHAUSTED),
    /// The query, or the whole server, is out of its spill budget.
    SPILL_LIMIT(Kind.EXHAUSTED),
    /// Another named limit is reached.
    LIMIT_REACHED(Kind.EXHAUSTED),
    /// The query ran past its deadline.
    TIMEOUT(Kind.TIMED_OUT),
    /// The client cancelled the query or went away.
    CANCELLED(Kind.CANCELLED),
    /// The server is stopping, or an address it needs is taken.
    UNAVAILABLE(Kind.UNAVAILABLE),
    /// A request or SQL feature that this server does not have.
    UNSUPPORTED(Kind.UNSUPPORTED),
    /// Our bug.
    INTERNAL(Kind.INTERNAL);

    /// What a caller can do about it; protocols map kinds, not codes.
    public enum Kind {
        INVALID,
        UNAUTHENTICATED,
        DENIED,
        NOT_FOUND,
        CONFLICT,
        EXHAUSTED,
        TIMED_OUT,
        CANCELLED,
        UNAVAILABLE,
        UNSUPPORTED,
        INTERNAL
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
