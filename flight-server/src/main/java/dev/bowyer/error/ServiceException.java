package dev.bowyer.error;

import org.jspecify.annotations.Nullable;

/// The only exception of ours. The message is one sentence for the person who sent the request: it names the
/// offending value and never a path, an address or a secret the caller did not send. The hint, if any, is the next
/// step.
public final class ServiceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String hint;
    private volatile @Nullable String queryId;

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

    /// Code, message and hint as a client shows them: `DATASET_NOT_FOUND: no dataset named "trip" (did you mean
    /// "trips"?)`.
    public String describe() {
        String text = code + ": " + getMessage();
        return hint == null ? text : text + " (" + hint + ")";
    }
}
