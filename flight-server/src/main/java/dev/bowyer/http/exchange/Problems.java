package dev.bowyer.http.exchange;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a client is told about a failure: problem JSON (RFC 9457) with the code, message, hint and query id that Flight
/// tells too.
public final class Problems {
    /// Of every answer that is a problem.
    public static final String CONTENT_TYPE = "application/problem+json";
    /// The page of all codes, with a heading for each.
    static final String PAGE = "/docs/reference/errors.md";
    /// After which a limit on the server as a whole, or a server that is busy, is worth another try.
    static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    /// How each kind of failure is answered, whichever route it comes from.
    public static void routes(RoutesConfig routes) {
        routes.exception(HttpRefusal.class, (error, context) -> answer(context, error.status(), error.told()));
        routes.exception(ServiceException.class, (error, context) -> answer(context, status(error.code()), error));
        routes.exception(MethodNotAllowedResponse.class, (error, context) -> {
            // The library tells them in the details alone.
            context.header("Allow", String.join(", ", error.getDetails().values()));
            answer(context, error.getStatus(), told(error));
        });
        routes.exception(
                HttpResponseException.class, (error, context) -> answer(context, error.getStatus(), told(error)));
        routes.exception(Exception.class, (error, context) -> {
            LOG.error("request failed unexpectedly: {} {}", context.method(), context.path(), error);
            ServiceException told =
                    new ServiceException(ErrorCode.INTERNAL, "the request failed unexpectedly; the server logged why");
            answer(context, status(told.code()), told);
        });
    }

    /// By what a caller can do about it.
    static int status(ErrorCode code) {
        return switch (code.kind()) {
            case INVALID -> 400;
            case UNAUTHENTICATED -> 401;
            case DENIED -> 403;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case EXHAUSTED -> 429;
            // nginx's number for a client that closed its request; nobody reads it.
            case CANCELLED -> 499;
            case TIMED_OUT -> 504;
            case UNAVAILABLE -> 503;
            case UNSUPPORTED -> 501;
            case INTERNAL -> 500;
        };
    }

    static void answer(Context context, int status, ServiceException error) {
        if (context.res().isCommitted()) {
            // What has begun cannot become a problem any more; whoever began it breaks it off.
            return;
        }
        RequestBody.discard(context);
        if (status == 401) {
            context.header("WWW-Authenticate", "Basic realm=\"bowyer\", charset=\"UTF-8\"");
        }
        Duration wait = retryAfter(error);
        if (wait != null) {
            context.header("Retry-After", Long.toString(Math.max(1, wait.toSeconds())));
        }
        context.header("Cache-Control", "no-store");
        context.header("X-Content-Type-Options", "nosniff");
        String queryId = error.queryId();
        if (queryId != null) {
            context.header(QueryHeaders.QUERY_ID, queryId);
        }
        context.removeHeader("ETag");
        context.status(status).result(json(status, error).toString()).contentType(CONTENT_TYPE);
    }

    /// Null: waiting does not help.
    private static @Nullable Duration retryAfter(ServiceException error) {
        Duration told = error.retryAfter();
        boolean isBusy = EnumSet.of(ErrorCode.MEMORY_LIMIT, ErrorCode.SPILL_LIMIT, ErrorCode.UNAVAILABLE)
                .contains(error.code());
        return told == null && isBusy ? RETRY_AFTER : told;
    }

    /// The body of the answer.
    public static ObjectNode json(int status, ServiceException error) {
        ObjectNode problem = JsonNodeFactory.instance.objectNode();
        String code = error.code().name();
        problem.put("type", PAGE + "#" + code.toLowerCase(Locale.ROOT));
        problem.put("title", error.code().meaning());
        problem.put("status", status);
        Caret caret = Caret.in(String.valueOf(error.getMessage()));
        problem.put("detail", caret.sentence());
        problem.put("code", code);
        if (error.hint() != null) {
            problem.put("hint", error.hint());
        }
        if (error.queryId() != null) {
            problem.put("query_id", error.queryId());
        }
        ServiceException.Position position = error.position();
        if (position != null) {
            problem.put("line", position.line());
            problem.put("column", position.column());
        }
        if (caret.picture() != null) {
            problem.put("caret", caret.picture());
        }
        return problem;
    }

    /// What the library refuses before a handler sees it.
    private static ServiceException told(HttpResponseException error) {
        ErrorCode code = error.getStatus() == 413 ? ErrorCode.LIMIT_REACHED : ErrorCode.INVALID_ARGUMENT;
        String hint = error.getStatus() == 404 ? "/openapi.json lists all paths" : null;
        return new ServiceException(code, String.valueOf(error.getMessage()), hint);
    }
}
