package dev.bowyer.query;

import dev.bowyer.error.ErrorCode;
import java.util.Locale;

/// How a query ended, in one word.
public enum QueryState {
    /// Every row was handed out.
    FINISHED,
    FAILED,
    /// The client cancelled it or went away.
    CANCELLED,
    /// The reader closed it before its end.
    ABANDONED;

    /// The code of what did not fail.
    public static final String NO_CODE = "NONE";

    public static QueryState of(QueryEvent.Outcome outcome) {
        return switch (outcome) {
            case QueryEvent.Finished() -> FINISHED;
            case QueryEvent.Abandoned() -> ABANDONED;
            case QueryEvent.Failed(var error) -> of(error.code());
        };
    }

    public static QueryState of(ErrorCode code) {
        return code == ErrorCode.CANCELLED ? CANCELLED : FAILED;
    }

    /// Of the error, or [#NO_CODE].
    public static String code(QueryEvent.Outcome outcome) {
        return outcome instanceof QueryEvent.Failed(var error) ? error.code().name() : NO_CODE;
    }

    /// In small letters, as metrics and logs have it.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
