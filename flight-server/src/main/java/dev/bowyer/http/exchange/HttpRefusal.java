package dev.bowyer.http.exchange;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import org.jspecify.annotations.Nullable;

/// A request refused for what only HTTP knows of, with a status that no [ErrorCode] stands for: 406, 413, 415, ...
public final class HttpRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final ServiceException told;

    private HttpRefusal(int status, ServiceException told) {
        super(told.getMessage(), told);
        this.status = status;
        this.told = told;
    }

    /// @param message as of a [ServiceException]
    public static HttpRefusal of(int status, ErrorCode code, String message, @Nullable String hint) {
        return new HttpRefusal(status, new ServiceException(code, message, hint));
    }

    /// For a route whose answer has no headers worth having before it is made. To be called before it.
    ///
    /// @param allowed the methods that it has
    public static void refuseHead(Context context, String allowed) {
        if (HandlerType.HEAD.equals(context.method())) {
            context.header("Allow", allowed);
            throw of(
                    405,
                    ErrorCode.INVALID_ARGUMENT,
                    "HEAD: an answer has no size before it is made",
                    "send " + allowed.replace(", ", " or "));
        }
    }

    int status() {
        return status;
    }

    ServiceException told() {
        return told;
    }
}
