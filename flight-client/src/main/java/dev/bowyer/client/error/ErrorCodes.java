package dev.bowyer.client.error;

/**
 * The codes of failures that the library finds itself. A {@link BowyerException#code} is one of these, a code of a Bowyer
 * server, or of another server the name of a gRPC status such as {@code NOT_FOUND}.
 */
public final class ErrorCodes {
    /** An argument, an option or a URI has no meaning; nothing was sent. */
    public static final String INVALID_ARGUMENT = "INVALID_ARGUMENT";

    /** No server answers, or the connection broke and the answer cannot be resumed. */
    public static final String UNAVAILABLE = "UNAVAILABLE";

    /** A limit of time has passed. */
    public static final String DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED";

    /** Cancelled by the caller. */
    public static final String CANCELLED = "CANCELLED";

    /** The waiting thread was interrupted; its interrupt flag is set again. */
    public static final String INTERRUPTED = "INTERRUPTED";

    /** What is asked for does not fit into the memory budget of the client. */
    public static final String MEMORY_BUDGET = "MEMORY_BUDGET";

    /** The server sent what the protocol or Arrow does not allow. */
    public static final String BAD_ANSWER = "BAD_ANSWER";

    /** The schemas of two parts of one answer are not the same. */
    public static final String SCHEMA_MISMATCH = "SCHEMA_MISMATCH";

    /** More or fewer rows came than were announced: the answer is not whole. */
    public static final String ROW_COUNT_MISMATCH = "ROW_COUNT_MISMATCH";

    /** A value or a column is not of the type that was asked for. */
    public static final String TYPE_MISMATCH = "TYPE_MISMATCH";

    /** Something was used after it was closed. */
    public static final String CLOSED = "CLOSED";

    /** Two threads used at once what is for one. */
    public static final String CONCURRENT_USE = "CONCURRENT_USE";

    /** The server cannot do this. */
    public static final String UNIMPLEMENTED = "UNIMPLEMENTED";

    /** A sink could not take the rows: its file, database or library failed. */
    public static final String SINK_FAILED = "SINK_FAILED";

    /** None of the above; a fault of the library. */
    public static final String INTERNAL = "INTERNAL";

    private ErrorCodes() {}
}
