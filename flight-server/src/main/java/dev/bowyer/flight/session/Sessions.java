package dev.bowyer.flight.session;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads and changes the session of the current call.
public final class Sessions {
    private final SessionCookie cookie;
    private final TokenSessions tokens;
    private final Catalog catalog;

    Sessions(SessionCookie cookie, TokenSessions tokens, Catalog catalog) {
        this.cookie = cookie;
        this.tokens = tokens;
        this.catalog = catalog;
    }

    /// Why an option was not set.
    public enum Problem {
        NO_SUCH_OPTION,
        INVALID_VALUE
    }

    /// Sets what it can of `wanted`.
    ///
    /// @param wanted by name; null: back to the default
    /// @return what could not be set, by name
    /// @throws ServiceException UNSUPPORTED if the client gives nothing to keep a session by
    public Map<String, Problem> set(Map<String, @Nullable String> wanted) {
        RequestContext request = request();
        Map<SessionOption, String> chosen = new EnumMap<>(SessionOption.class);
        chosen.putAll(request.stored().chosen());
        Map<String, Problem> problems = new LinkedHashMap<>();
        wanted.forEach((name, value) -> {
            SessionOption option = SessionOption.named(name);
            if (option == null) {
                problems.put(name, Problem.NO_SUCH_OPTION);
            } else if (value == null || value.isEmpty()) {
                chosen.remove(option);
            } else {
                try {
                    chosen.put(option, option.check(name, value, catalog.current()));
                } catch (ServiceException _) {
                    problems.put(name, Problem.INVALID_VALUE);
                }
            }
        });
        keep(request, new SessionOptions(chosen));
        return problems;
    }

    /// What applies to the client's calls, defaults included. Makes no session.
    public Map<SessionOption, String> get() {
        SessionOptions stored = request().stored();
        Map<SessionOption, String> all = new EnumMap<>(SessionOption.class);
        for (SessionOption option : SessionOption.values()) {
            all.put(option, stored.get(option));
        }
        return all;
    }

    /// Forgets all options. Without effect for a client that has no session.
    public void close() {
        RequestContext request = request();
        switch (request.session()) {
            case Session.OfToken(String id) -> tokens.put(id, SessionOptions.DEFAULT);
            case Session.InCookie _ ->
                request.setCookie().set(SessionCookie.header(SessionCookie.EMPTY) + "; Max-Age=0");
            case Session.None _ -> {}
        }
    }

    private void keep(RequestContext request, SessionOptions options) {
        switch (request.session()) {
            case Session.InCookie _ -> request.setCookie().set(cookie.write(options));
            case Session.OfToken(String id) -> tokens.put(id, options);
            case Session.None(boolean mayKeepCookies) -> {
                if (!mayKeepCookies) {
                    throw new ServiceException(
                            ErrorCode.UNSUPPORTED,
                            "this client sends back no cookie and no access token, so there is nothing to keep"
                                    + " session options by",
                            "turn its cookies on, log in, or send the header " + SessionOption.HEADER_PREFIX
                                    + "... with every call");
                }
                request.setCookie().set(cookie.write(options));
            }
        }
    }

    private static RequestContext request() {
        RequestContext request = RequestContext.KEY.get();
        if (request == null) {
            throw new ServiceException(ErrorCode.INTERNAL, "a session is used outside of a call");
        }
        return request;
    }
}
