package dev.bowyer.http;

import dev.bowyer.http.exchange.QueryHeaders;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.util.List;

/// Lets pages of the origins named call from a browser. Without any, browsers keep the answers from all pages.
final class Cors {
    private static final String ALL = "*";
    private static final String METHODS = "GET, POST, PUT, DELETE";
    private static final String HEADERS = "Accept, Authorization, Content-Type, If-None-Match, traceparent";
    private static final String EXPOSED = QueryHeaders.QUERY_ID + ", ETag, Retry-After";
    /// How long a browser may remember the answer to a preflight.
    private static final int MAX_AGE_SECONDS = 600;

    private final List<String> origins;

    Cors(List<String> origins) {
        this.origins = origins;
    }

    /// To be called before the routes that ask who calls: a preflight comes without credentials.
    void routes(RoutesConfig routes) {
        if (!origins.isEmpty()) {
            routes.before(this::answer);
        }
    }

    private void answer(Context context) {
        String origin = context.header("Origin");
        if (origin == null) {
            return;
        }
        context.res().addHeader("Vary", "Origin");
        boolean isAll = origins.contains(ALL);
        if (!isAll && !origins.contains(origin)) {
            return;
        }
        // One of the configuration, or the star: no text of the request.
        context.header("Access-Control-Allow-Origin", isAll ? ALL : origins.get(origins.indexOf(origin)));
        context.header("Access-Control-Expose-Headers", EXPOSED);
        if (HandlerType.OPTIONS.equals(context.method()) && context.header("Access-Control-Request-Method") != null) {
            context.header("Access-Control-Allow-Methods", METHODS);
            context.header("Access-Control-Allow-Headers", HEADERS);
            context.header("Access-Control-Max-Age", Integer.toString(MAX_AGE_SECONDS));
            context.status(204);
            context.skipRemainingHandlers();
        }
    }
}
