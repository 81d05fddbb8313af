package dev.bowyer.flight.session;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Reads and changes the session of the current call.
public final class Sessions {
    private final SessionCookie cookie;
    private final SessionStore store;
    private final Catalog catalog;

    Sessions(SessionCookie cookie, SessionStore store, Catalog catalog) {
        this.cookie = cookie;
        this.store = store;
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
        Map<SessionOption, @Nullable String> checked = new EnumMap<>(SessionOption.class);
        Map<String, Problem> problems = new LinkedHashMap<>();
        wanted.forEach((name, value) -> {
            SessionOption option = SessionOption.named(name);
            if (option == null) {
                problems.put(name, Problem.NO_SUCH_OPTION);
                return;
            }
            try {
                boolean isUnset = value == null || value.isEmpty();
                checked.put(option, isUnset ? null : option.check(name, value, catalog.current()));
            } catch (ServiceException _) {
                problems.put(name, Problem.INVALID_VALUE);
            }
        });
        change(options -> options.with(checked));
        return problems;
    }

    /// What applies to the client's calls, defaults included. Makes no session.
    public Map<SessionOption, String> get() {
        SessionOptions stored = store.stateOf(request().session()).options();
        Map<SessionOption, String> all = new EnumMap<>(SessionOption.class);
        for (SessionOption option : SessionOption.values()) {
            all.put(option, stored.get(option));
        }
        return all;
    }

    /// Forgets all options; the client is offered a new session. Without effect for a client that has none.
    public void close() {
        RequestContext request = request();
        if (!(request.session() instanceof Session.None)) {
            store.change(request.session(), _ -> SessionOptions.DEFAULT);
            request.setCookie().set(cookie.write(cookie.newId(), SessionStore.State.NEW, request.caller()));
        }
    }

    private void change(UnaryOperator<SessionOptions> change) {
        RequestContext request = request();
        Session session = request.session();
        if (session instanceof Session.None(String _, boolean wasOffered) && wasOffered) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "this client sends back no cookie and no access token, so there is nothing to keep session"
                            + " options by",
                    "turn its cookies on, log in, or send the header " + SessionOption.HEADER_PREFIX
                            + "... with every call");
        }
        SessionStore.State after = store.change(session, change);
        request.setCookie().set(cookie.write(SessionStore.idOf(session), after, request.caller()));
    }

    private static RequestContext request() {
        RequestContext request = RequestContext.KEY.get();
        if (request == null) {
            throw new ServiceException(ErrorCode.INTERNAL, "a session is used outside of a call");
        }
        return request;
    }
}
