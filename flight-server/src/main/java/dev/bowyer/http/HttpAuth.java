package dev.bowyer.http;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Caller;
import dev.bowyer.access.Credentials;
import dev.bowyer.access.RecentLogins;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.RequestCaller;
import io.javalin.config.RoutesConfig;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Finds out who calls, and lets nobody else in: before any route, known or not, but those that are [#OPEN].
final class HttpAuth {
    /// Paths that tell nothing about data or callers, for those that cannot log in: probes, and readers of the API.
    static final Set<String> OPEN = Set.of("/health/live", "/health/ready", "/openapi.json");

    /// Passwords that are checked at a time: each takes a processor for a tenth of a second.
    static final int MAX_CHECKS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    /// How long a password waits for its check.
    static final Duration CHECK_WAIT = Duration.ofSeconds(10);

    private static final String LOG_IN = "send a user and password (Basic) or an access token (Bearer)";

    private final Authenticator authenticator;
    private final RecentLogins logins;
    private final Semaphore checks = new Semaphore(MAX_CHECKS, true);

    HttpAuth(Authenticator authenticator, InstantSource clock) {
        this.authenticator = authenticator;
        this.logins = new RecentLogins(clock);
    }

    /// To be called before any other routes are added, so that this is asked first.
    void routes(RoutesConfig routes) {
        routes.before(context -> {
            if (authenticator.required() && !OPEN.contains(context.path())) {
                RequestCaller.set(context, identified(context.header("Authorization")));
            }
        });
    }

    private Caller identified(@Nullable String header) {
        return switch (Credentials.parse(header)) {
            case Credentials.Bearer(String token) ->
                authenticator.authenticate(token).caller();
            case Credentials.Basic basic -> loggedIn(String.valueOf(header), basic);
            case Credentials.None _ ->
                throw new ServiceException(ErrorCode.UNAUTHENTICATED, "this server wants to know who calls", LOG_IN);
            case Credentials.Unreadable _ ->
                throw new ServiceException(
                        ErrorCode.UNAUTHENTICATED,
                        "the Authorization header is neither Basic with a user and a password in base 64, nor Bearer"
                                + " with a token",
                        LOG_IN);
        };
    }

    private Caller loggedIn(String header, Credentials.Basic basic) {
        Caller recent = logins.get(header);
        if (recent != null) {
            return recent;
        }
        enter();
        try {
            // Another request with the same header may have waited before this one.
            recent = logins.get(header);
            if (recent != null) {
                return recent;
            }
            Caller caller = authenticator.login(basic.user(), basic.password()).caller();
            logins.put(header, caller);
            return caller;
        } finally {
            checks.release();
        }
    }

    private void enter() {
        try {
            if (checks.tryAcquire(CHECK_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ServiceException(ErrorCode.UNAVAILABLE, "the server is stopping", null, e);
        }
        throw new ServiceException(
                ErrorCode.UNAVAILABLE,
                "password-checks: the password was not checked within " + CHECK_WAIT.toSeconds() + " s",
                "try again in a moment, or use an access token");
    }
}
