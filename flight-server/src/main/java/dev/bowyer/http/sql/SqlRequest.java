package dev.bowyer.http.sql;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.RequestBody;
import dev.bowyer.http.exchange.RequestCaller;
import dev.bowyer.query.Delivery;
import dev.bowyer.query.QueryRequest;
import io.javalin.http.Context;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A request for the rows of a statement, as it was sent.
///
/// @param parameters to be bound; null: none were sent
/// @param isGzip whether the answer is to be compressed
record SqlRequest(QueryRequest query, @Nullable JsonNode parameters, ResponseFormat format, boolean isGzip) {
    private static final Set<String> POST_OPTIONS = Set.of("format", "limit", "timeout");
    private static final Set<String> GET_OPTIONS = Set.of("q", "format", "limit", "timeout");

    static SqlRequest ofGet(Context context) {
        ResponseFormat format = format(context, GET_OPTIONS);
        String sql = single(context, "q");
        return of(context, SqlBody.ofText(sql == null ? "" : sql), format);
    }

    static SqlRequest ofPost(Context context, long maxBody) {
        ResponseFormat format = format(context, POST_OPTIONS);
        String contentType = context.header("Content-Type");
        String mediaType = RequestBody.mediaType(contentType);
        SqlBody body = switch (mediaType) {
            case null -> SqlBody.ofText(RequestBody.text(context, maxBody));
            case "text/plain", "application/sql" -> SqlBody.ofText(RequestBody.text(context, maxBody));
            case "application/json" -> SqlBody.ofJson(RequestBody.text(context, maxBody));
            default ->
                throw HttpRefusal.of(
                        415,
                        ErrorCode.INVALID_ARGUMENT,
                        "Content-Type: " + contentType,
                        "send SQL as application/sql or text/plain, or application/json with {\"sql\": ...}");
        };
        return of(context, body, format);
    }

    private static SqlRequest of(Context context, SqlBody sent, ResponseFormat format) {
        SqlBody body = sent.with(single(context, "limit"), single(context, "timeout"));
        QueryRequest query = QueryRequest.of(
                        RequestCaller.of(context), new Statement.Sql(body.sql()), PlanOptions.DEFAULT)
                .delivered(new Delivery(format.output(), body.limit(), body.timeout()))
                .from(RequestCaller.origin(context))
                .sharingPlan();
        return new SqlRequest(query, body.parameters(), format, format.isText() && takesGzip(context));
    }

    /// A client that says nothing of codings may not know any.
    private static boolean takesGzip(Context context) {
        String accept = context.header("Accept-Encoding");
        if (accept == null || accept.isBlank()) {
            return false;
        }
        Accepted accepted = Accepted.parse(accept);
        return accepted.quality("gzip") > 0 && accepted.quality("gzip") >= accepted.quality("identity");
    }

    private static ResponseFormat format(Context context, Set<String> options) {
        for (String option : context.queryParamMap().keySet()) {
            if (!options.contains(option)) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "unknown query parameter \"" + option + "\" (expected: "
                                + String.join(", ", options.stream().sorted().toList()) + ")",
                        NearestNames.hint(option, options.stream()));
            }
        }
        return ResponseFormat.choose(single(context, "format"), context.header("Accept"));
    }

    private static @Nullable String single(Context context, String option) {
        List<String> values = context.queryParams(option);
        if (values.size() > 1) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, option + ": given " + values.size() + " times (expected: once)");
        }
        return values.isEmpty() ? null : values.getFirst();
    }
}
