package dev.bowyer.error;

/// Every way a request can fail, as a stable name that clients may test for. The Rust engine uses the same names.
///
/// Litmus test for a new code: would a caller act differently than on an existing one? If not, use the existing
/// one.
public enum ErrorCode {
    INVALID_SQL(
            Kind.INVALID,
            "The SQL text does not parse or does not type-check.",
            "Correct the statement where the caret points."),
    UNKNOWN_COLUMN(
            Kind.INVALID,
            "The SQL names a column that no table in scope has.",
            "Correct the name; the hint has the nearest ones."),
    UNKNOWN_FUNCTION(
            Kind.INVALID,
            "The SQL names a function that the engine does not have.",
            "Correct the name; the hint has the nearest ones."),
    SQL_TOO_COMPLEX(
            Kind.INVALID,
            "The SQL is over a named limit of size, nesting or chain length.",
            "Shorten the statement, or use joins in place of long lists and chains."),
    INVALID_VALUE(
            Kind.INVALID,
            "A value met at run time does not fit: a failed cast, a division by zero, an overflow.",
            "Use `try_cast`, `nullif` or a filter for the rows that have such values."),
    INVALID_ARGUMENT(
            Kind.INVALID,
            "A request field, parameter or option is out of its range or of the wrong type.",
            "Correct the value that the message names."),
    INVALID_TICKET(
            Kind.INVALID,
            "A ticket or handle that this server did not issue.",
            "Ask for the flight info again and fetch with its tickets as they are."),
    UNAUTHENTICATED(
            Kind.UNAUTHENTICATED,
            "No credentials, wrong ones, or an access token that has expired.",
            "Log in, or send the user and password again."),
    PERMISSION_DENIED(
            Kind.DENIED,
            "The caller may not do this: it is another caller's, for administrators, or not open to callers at all.",
            "Use the caller that owns it or may do it; the message says what is allowed."),
    TICKET_EXPIRED(
            Kind.NOT_FOUND, "A ticket of this server that is past its expiry.", "Ask for the flight info again."),
    INVALID_CONFIG(
            Kind.INVALID,
            "The configuration file or the command line is wrong.",
            "Correct the keys that the message names; it lists all that are wrong."),
    STATEMENT_NOT_ALLOWED(
            Kind.DENIED,
            "A statement that this server does not run for anyone: DDL, DML, COPY, SET.",
            "Send a query; nothing else is run."),
    DATASET_NOT_FOUND(
            Kind.NOT_FOUND, "No dataset (table) of that name.", "Correct the name; the listing has those there are."),
    QUERY_NOT_FOUND(
            Kind.NOT_FOUND, "No query or prepared statement of that id.", "Run or prepare the statement again."),
    SESSION_ENDED(
            Kind.NOT_FOUND,
            "A session that has expired, or of a server with another key.",
            "Set the options again, which opens a new session."),
    SOURCE_NOT_FOUND(
            Kind.NOT_FOUND,
            "The file or folder behind a dataset does not exist or holds no data file.",
            "Put the files there, or correct the location of the dataset."),
    DATASET_EXISTS(
            Kind.CONFLICT,
            "A dataset of that name is registered already.",
            "Use another name, or drop that one first."),
    SOURCE_CHANGED(
            Kind.CONFLICT,
            "A file was replaced or removed while a query was reading it.",
            "Run the query again; it reads the new files."),
    SOURCE_INVALID(
            Kind.INVALID,
            "A data file is damaged: zero bytes, truncated, wrong magic, ragged rows.",
            "Write the file that the message names again."),
    SCHEMA_CONFLICT(
            Kind.INVALID,
            "Two files of one dataset give a column different types.",
            "Write the files with one type for the column, or register them apart."),
    UNKNOWN_FORMAT(
            Kind.INVALID,
            "The format of a file is unknown, or the files of a folder have several.",
            "Name the format when registering, or separate the files."),
    MEMORY_LIMIT(
            Kind.EXHAUSTED,
            "The query, or the whole server, is out of its memory budget.",
            "Ask for less at once, wait for other queries to end, or raise the limit."),
    SPILL_LIMIT(
            Kind.EXHAUSTED,
            "The query, or the whole server, is out of its spill budget.",
            "Ask for less at once, wait for other queries to end, or raise the limit."),
    LIMIT_REACHED(
            Kind.EXHAUSTED,
            "Another named limit is reached.",
            "Stay within the limit that the message names, or wait where it says so."),
    TIMEOUT(Kind.TIMED_OUT, "The query ran past its deadline.", "Ask for less, or allow more time."),
    CANCELLED(
            Kind.CANCELLED,
            "The client cancelled the query or went away.",
            "Nothing, if it was you; else run it again."),
    UNAVAILABLE(
            Kind.UNAVAILABLE,
            "The server is stopping, or cannot have what it needs: an address that is taken, room in its data folder.",
            "Try again in a moment, or at another replica."),
    UNSUPPORTED(
            Kind.UNSUPPORTED,
            "A request or SQL feature that this server does not have.",
            "Use another feature, as the hint says."),
    INTERNAL(Kind.INTERNAL, "Our bug.", "Report it with the query id; the server's log has more.");

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
    private final String meaning;
    private final String remedy;

    ErrorCode(Kind kind, String meaning, String remedy) {
        this.kind = kind;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    public Kind kind() {
        return kind;
    }

    /// What has happened, in a sentence or two.
    public String meaning() {
        return meaning;
    }

    /// What whoever gets it may do next, in a sentence.
    public String remedy() {
        return remedy;
    }
}
