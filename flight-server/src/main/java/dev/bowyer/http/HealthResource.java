package dev.bowyer.http;

import dev.bowyer.admission.Readiness;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Locale;
import java.util.Map;

/// `/health/live`: the process answers. `/health/ready`: it wants requests. Neither asks who calls.
final class HealthResource {
    private final Readiness readiness;

    HealthResource(Readiness readiness) {
        this.readiness = readiness;
    }

    void routes(RoutesConfig routes) {
        routes.get("/health/live", context -> answer(context, HttpStatus.OK, "live"));
        routes.get("/health/ready", context -> {
            Readiness.State state = readiness.state();
            HttpStatus status = state == Readiness.State.READY ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
            answer(context, status, state.name().toLowerCase(Locale.ROOT));
        });
    }

    private static void answer(Context context, HttpStatus status, String text) {
        context.status(status).header("Cache-Control", "no-store").json(Map.of("status", text));
    }
}
