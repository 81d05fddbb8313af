package dev.bowyer.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.access.Caller;
import dev.bowyer.access.Permissions;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.QueryString;
import dev.bowyer.http.exchange.RequestCaller;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryService;
import dev.bowyer.query.QueryState;
import dev.bowyer.query.RecentQueries;
import dev.bowyer.query.RecentQueries.Report;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// `/v1/queries`: what runs and what ran. A caller sees its own queries, an administrator all.
final class QueriesResource {
    static final int DEFAULT_PAGE = 100;
    /// Most queries of one answer.
    static final int MAX_PAGE = 1_000;

    static final String EVENTS = "/v1/queries/{id}/events";

    private static final String ONE = "/v1/queries/{id}";
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

    private final QueryService queries;
    private final RecentQueries recent;
    private final Permissions permissions;
    private final EventStreams events;

    QueriesResource(HttpServices services) {
        this.queries = services.queries();
        this.recent = services.recent();
        this.permissions = services.permissions();
        this.events = new EventStreams(recent, queries.running());
    }

    void routes(RoutesConfig routes) {
        routes.get("/v1/queries", this::list);
        routes.get(ONE, context -> {
            QueryString.of(context, Set.of());
            answer(context, json(required(context)));
        });
        routes.delete(ONE, this::cancel);
        routes.before(EVENTS, context -> HttpRefusal.refuseHead(context, "GET"));
        routes.get(EVENTS, context -> {
            QueryString.of(context, Set.of());
            events.stream(context, required(context));
        });
    }

    private void list(Context context) {
        int limit = QueryString.of(context, Set.of("limit")).number("limit", DEFAULT_PAGE, MAX_PAGE);
        Caller caller = RequestCaller.of(context);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode found = json.putArray("queries");
        recent.all(queries.running()).stream()
                .filter(report -> isVisible(caller, report))
                .limit(limit)
                .forEach(report -> found.add(json(report)));
        answer(context, json);
    }

    private void cancel(Context context) {
        QueryString.of(context, Set.of());
        String id = id(context);
        Caller caller = RequestCaller.of(context);
        Optional<Report> known = recent.find(id, queries.running());
        if (known.isPresent() && !isVisible(caller, known.get())) {
            throw unknown(id);
        }
        // An administrator cancels in the name of whoever asked.
        queries.cancel(known.map(report -> new Caller(report.query().caller())).orElse(caller), id);
        context.status(HttpStatus.NO_CONTENT);
    }

    /// Somebody else's is as good as none.
    private Report required(Context context) {
        String id = id(context);
        return recent.find(id, queries.running())
                .filter(report -> isVisible(RequestCaller.of(context), report))
                .orElseThrow(() -> unknown(id));
    }

    private boolean isVisible(Caller caller, Report report) {
        return report.query().caller().equals(caller.name()) || permissions.isAdministrator(caller);
    }

    private static String id(Context context) {
        String id = context.pathParam("id");
        if (!ID.matcher(id).matches()) {
            throw QueryString.invalid("query id", id, "16 hex digits");
        }
        return id;
    }

    private static ServiceException unknown(String id) {
        return new ServiceException(
                ErrorCode.QUERY_NOT_FOUND,
                "no query \"" + id + "\" runs or ended lately",
                "ended queries are forgotten after " + RecentQueries.MAX_ENDED + " others");
    }

    static ObjectNode json(Report report) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("query_id", report.query().id())
                .put("state", state(report))
                .put("sql", report.query().sql())
                .put("caller", report.query().caller())
                .put("protocol", report.query().origin().protocol().name().toLowerCase(Locale.ROOT))
                .put("begun_at", report.begun().toString())
                .put("elapsed_ms", report.elapsed().toMillis())
                .put("rows", report.rows())
                .put("bytes", report.bytes());
        if (report.progress() >= 0) {
            json.put("progress", report.progress());
        }
        if (report.outcome() instanceof QueryEvent.Failed(ServiceException error)) {
            ObjectNode told = json.putObject("error").put("code", error.code().name());
            told.put("detail", String.valueOf(error.getMessage()));
            if (error.hint() != null) {
                told.put("hint", error.hint());
            }
        }
        return json;
    }

    private static String state(Report report) {
        return report.outcome() == null
                ? report.phase().name().toLowerCase(Locale.ROOT)
                : QueryState.of(report.outcome()).label();
    }

    private static void answer(Context context, ObjectNode json) {
        context.header("Cache-Control", "no-store")
                .contentType("application/json")
                .result(json.toString());
    }
}
