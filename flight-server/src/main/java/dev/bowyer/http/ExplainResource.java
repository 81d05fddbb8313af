package dev.bowyer.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExplainFormat;
import dev.bowyer.engine.OutputFormat;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.ClientConnection;
import dev.bowyer.http.exchange.EngineThreads;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.QueryPump;
import dev.bowyer.http.exchange.QueryString;
import dev.bowyer.http.exchange.RequestBody;
import dev.bowyer.http.exchange.RequestCaller;
import dev.bowyer.http.plan.MermaidPlan;
import dev.bowyer.json.StrictJson;
import dev.bowyer.query.Delivery;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `/v1/explain`: how a statement is going to run, or with `analyze` how it ran.
final class ExplainResource {
    /// Longest text of an analysis, in bytes.
    private static final int MAX_ANALYSIS = 16 << 20;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final QueryService queries;
    private final EngineThreads threads;
    private final long maxBody;

    ExplainResource(HttpServices services, EngineThreads threads, long maxBody) {
        this.queries = services.queries();
        this.threads = threads;
        this.maxBody = maxBody;
    }

    /// How a plan is shown, by the name that clients use.
    enum Format {
        TEXT("text/plain; charset=utf-8"),
        TREE("text/plain; charset=utf-8"),
        PGJSON("application/json"),
        GRAPHVIZ("text/vnd.graphviz; charset=utf-8"),
        MERMAID("text/vnd.mermaid; charset=utf-8"),
        ANALYZE("text/plain; charset=utf-8");

        private final String contentType;

        Format(String contentType) {
            this.contentType = contentType;
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Format of(@Nullable String key) {
            if (key == null) {
                return TEXT;
            }
            return Arrays.stream(values())
                    .filter(format -> format.key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> QueryString.invalid(
                            "format",
                            key,
                            Arrays.stream(values()).map(Format::key).collect(Collectors.joining(", "))));
        }
    }

    void routes(RoutesConfig routes) {
        routes.get("/v1/explain", context -> {
            QueryString query = QueryString.of(context, Set.of("sql", "format"));
            explain(context, query.text("sql"), query.text("format"));
        });
        routes.post("/v1/explain", context -> {
            String format = QueryString.of(context, Set.of("format")).text("format");
            if (isJson(context)) {
                StrictJson body = StrictJson.parse(
                        "body", RequestBody.text(context, maxBody).getBytes(StandardCharsets.UTF_8));
                if (!body.root().isObject()) {
                    throw new ServiceException(ErrorCode.INVALID_ARGUMENT, "the body is not a JSON object");
                }
                body.allow(Set.of("sql", "format"));
                body.requireNoNulls();
                String named = body.text("format");
                if (format != null && named != null) {
                    throw new ServiceException(
                            ErrorCode.INVALID_ARGUMENT, "format: stands in the body and behind the question mark");
                }
                explain(context, body.text("sql"), named == null ? format : named);
            } else {
                explain(context, RequestBody.text(context, maxBody), format);
            }
        });
    }

    private static boolean isJson(Context context) {
        String type = Objects.requireNonNullElse(context.contentType(), "text/plain");
        return switch (RequestBody.mediaType(type)) {
            case null -> false;
            case "application/json" -> true;
            case "text/plain", "application/sql" -> false;
            default ->
                throw HttpRefusal.of(
                        415,
                        ErrorCode.INVALID_ARGUMENT,
                        "Content-Type: " + QueryString.shown(type) + " (expected: text/plain, or application/json)",
                        "send SQL as text/plain, or as \"sql\" of a JSON object");
        };
    }

    private void explain(Context context, @Nullable String sql, @Nullable String key) {
        Format format = Format.of(key);
        if (sql == null || sql.isBlank()) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "sql: the request has no statement", "for example sql=SELECT 1");
        }
        if (ExplainFormat.isExplain(sql)) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "sql: the statement itself is wanted, without EXPLAIN",
                    "format says how it is shown");
        }
        QueryRequest request = request(context, format == Format.ANALYZE ? "EXPLAIN ANALYZE\n" + sql : sql);
        String text = format == Format.ANALYZE ? analyzed(context, request) : threads.call(() -> plan(request, format));
        context.header("Cache-Control", "no-store")
                .contentType(format.contentType)
                .result(text);
    }

    private String plan(QueryRequest request, Format format) {
        return switch (format) {
            case TEXT -> queries.explain(request, ExplainFormat.INDENT);
            case TREE -> queries.explain(request, ExplainFormat.TREE);
            case PGJSON -> queries.explain(request, ExplainFormat.PGJSON);
            case GRAPHVIZ -> queries.explain(request, ExplainFormat.GRAPHVIZ);
            case MERMAID -> MermaidPlan.of(queries.explain(request, ExplainFormat.PGJSON));
            case ANALYZE -> queries.explain(request, ExplainFormat.ANALYZE);
        };
    }

    private static QueryRequest request(Context context, String sql) {
        return QueryRequest.of(RequestCaller.of(context), new Statement.Sql(sql), PlanOptions.DEFAULT)
                .from(RequestCaller.origin(context));
    }

    /// A query like any other: it waits for its turn, can be seen and cancelled, and ends when its client goes.
    private String analyzed(Context context, QueryRequest request) {
        QueryRequest asJson = request.delivered(new Delivery(OutputFormat.JSON, null, null));
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (QueryPump pump = QueryPump.start(ready -> threads.call(() -> queries.start(asJson, ready)));
                ClientConnection _ = ClientConnection.watch(context, pump::cancel)) {
            for (BatchStream.Message chunk = pump.next(); chunk != null; chunk = pump.next()) {
                add(answer, chunk);
            }
        }
        JsonNode rows;
        try {
            rows = JSON.readTree(answer.toString(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new ServiceException(ErrorCode.INTERNAL, "the engine's analysis is no JSON", null, e);
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode row : rows) {
            text.append(row.path("plan").asText()).append('\n');
        }
        return text.toString();
    }

    private static void add(ByteArrayOutputStream answer, BatchStream.Message chunk) {
        try {
            for (ByteBuffer part : chunk.body()) {
                byte[] bytes = new byte[part.remaining()];
                part.duplicate().get(bytes);
                answer.writeBytes(bytes);
            }
            if (answer.size() > MAX_ANALYSIS) {
                throw new ServiceException(
                        ErrorCode.LIMIT_REACHED, "analysis-bytes: more than " + MAX_ANALYSIS + " bytes");
            }
        } finally {
            chunk.release();
        }
    }
}
