package dev.bowyer.http;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.QueryString;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Keeps pages that somebody's browser shows from using this server in their name. A browser keeps the answers from
/// foreign pages, and yet sends their requests: a form or `fetch` of any page in the world could start queries on a
/// server that only this machine reaches. Programs are not concerned; they send neither of the headers looked at.
///
/// A page may also give its own name the address of this machine, and then counts as a page of this server: a server of
/// this machine alone, which asks nobody for a password, answers to no names from elsewhere.
final class ForeignPages {
    private static final String ALL = "*";
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "::1", "[::1]", "localhost");
    private static final Set<String> OWN_PAGES = Set.of("same-origin", "none");
    /// Not in any domain, or an address.
    private static final Pattern NAME_OF_HERE = Pattern.compile("(?:[^.:\\[]+|(?:[^.:\\[]+\\.)*localhost"
            + "|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9a-f:.]+])\\.?(?::[0-9]*)?");

    private final List<String> origins;
    private final String advertisedHost;
    private final boolean knowsItsNames;

    ForeignPages(HttpSettings settings, HttpServices services) {
        this.origins = settings.corsOrigins();
        URI advertised = services.flight().advertised();
        this.advertisedHost = advertised == null ? "" : String.valueOf(advertised.getHost());
        this.knowsItsNames = !services.authenticator().required()
                && LOOPBACK.contains(settings.host().toLowerCase(Locale.ROOT));
    }

    void routes(RoutesConfig routes) {
        routes.before(context -> {
            if (HttpAuth.OPEN.contains(context.path())) {
                return;
            }
            String host = context.header("Host");
            if (knowsItsNames
                    && host != null
                    && !NAME_OF_HERE.matcher(host.toLowerCase(Locale.ROOT)).matches()
                    && !isConfigured(host)) {
                throw refused("Host: " + QueryString.shown(host) + " is no name of a server of this machine alone");
            }
            if (!mayAsk(context, host)) {
                throw refused("Origin: " + QueryString.shown(String.valueOf(context.header("Origin")))
                        + " is not of this server");
            }
        });
    }

    private boolean mayAsk(Context context, @Nullable String host) {
        String origin = context.header("Origin");
        if (HandlerType.OPTIONS.equals(context.method()) || origins.contains(ALL)) {
            return true;
        }
        if (origin != null && origins.contains(origin)) {
            return true;
        }
        // No page can set it, and not every browser sends it.
        String site = context.header("Sec-Fetch-Site");
        if (site != null) {
            return OWN_PAGES.contains(site) || isFollowedLink(context);
        }
        return origin == null || isOf(origin, host);
    }

    private static boolean isFollowedLink(Context context) {
        return HandlerType.GET.equals(context.method()) && "navigate".equals(context.header("Sec-Fetch-Mode"));
    }

    private boolean isConfigured(String host) {
        return host.replaceFirst(":[0-9]*$", "").equalsIgnoreCase(advertisedHost)
                || origins.stream().anyMatch(origin -> isOf(origin, host));
    }

    /// Whatever the scheme, which a proxy may change.
    private static boolean isOf(String origin, @Nullable String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static HttpRefusal refused(String message) {
        return HttpRefusal.of(
                403,
                ErrorCode.PERMISSION_DENIED,
                message,
                "http.cors-origins names the pages that may use this server, server.advertise its own name");
    }
}
