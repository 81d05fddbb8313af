package dev.bowyer.client.error;

import org.jspecify.annotations.Nullable;

/** Any failure of a request, of the server or on the way to it. */
public final class BowyerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final @Nullable String hint;
    private final @Nullable String queryId;

    public BowyerException(String code, String message, @Nullable String hint, @Nullable Throwable cause) {
        this(code, message, hint, null, cause);
    }

    public BowyerException(
            String code, String message, @Nullable String hint, @Nullable String queryId, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
        this.queryId = queryId;
    }

    /** A failure without a cause and a query. */
    public static BowyerException of(String code, String message, @Nullable String hint) {
        return new BowyerException(code, message, hint, null, null);
    }

    /** A stable name, such as {@code DATASET_NOT_FOUND}; see {@link ErrorCodes}. */
    public String code() {
        return code;
    }

    /** The next step, if one is known. */
    public @Nullable String hint() {
        return hint;
    }

    /** The server's name of the query, for its logs; null when there was none, or the server has none. */
    public @Nullable String queryId() {
        return queryId;
    }

    /** Code, message, hint and query id on one line: what a stack trace shows. */
    @Override
    @SuppressWarnings("OverrideThrowableToString") // the message stays what programs show to people
    public String toString() {
        return code + ": " + getMessage() + (hint == null ? "" : " (" + hint + ")")
                + (queryId == null ? "" : " [query " + queryId + "]");
    }
}
