package dev.bowyer.error;

import java.io.Serializable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The only exception of ours. The message is one sentence for the person who sent the request: it names the
/// offending value and never a path, an address or a secret the caller did not send. The hint, if any, is the next
/// step.
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String hint;
    private volatile @Nullable String queryId;
    private volatile @Nullable Duration retryAfter;
    private volatile @Nullable Position position;

    public ServiceException(ErrorCode code, String message) {
        this(code, message, null, null);
    }

    public ServiceException(ErrorCode code, String message, @Nullable String hint) {
        this(code, message, hint, null);
    }

    public ServiceException(ErrorCode code, String message, @Nullable String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
    }

    public ErrorCode code() {
        return code;
    }

    public @Nullable String hint() {
        return hint;
    }

    /// The query that ended with it; null: there is none, or it has no id yet.
    public @Nullable String queryId() {
        return queryId;
    }

    /// Says which query ended with it.
    public ServiceException ofQuery(String id) {
        queryId = id;
        return this;
    }

    /// When the same request may succeed; null: waiting does not help, or nobody knows.
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /// Says when the same request may succeed.
    public ServiceException retryAfter(Duration delay) {
        retryAfter = delay;
        return this;
    }

    /// Where in the text of the statement; null: nowhere in particular.
    public @Nullable Position position() {
        return position;
    }

    /// Says where in the text of the statement.
    public ServiceException at(Position place) {
        position = place;
        return this;
    }

    /// A place in a text. Both count from 1; columns in characters (code points).
    public record Position(int line, int column) implements Serializable {}

    /// Code, message and hint as a client shows them: `DATASET_NOT_FOUND: no dataset named "trip" (did you mean
    /// "trips"?)`.
    public String describe() {
        String text = code + ": " + getMessage();
        return hint == null ? text : text + " (" + hint + ")";
    }
}
