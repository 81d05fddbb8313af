package dev.bowyer.flight.session;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What this replica knows of sessions, by the id that stands in a client's cookie or access token. For a client with
/// cookies it is a short cut that also makes up for a cookie that the client lost: of two states the newer one
/// counts. For a client without, it is all there is. Bounded; the session touched longest ago goes first.
final class SessionStore {
    static final int MAX_SESSIONS = 10_000;

    private final Map<String, State> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
            return size() > MAX_SESSIONS;
        }
    };

    /// @param version counts the changes of the session
    record State(long version, SessionOptions options) {
        static final State NEW = new State(0, SessionOptions.DEFAULT);
    }

    static String idOf(Session session) {
        return switch (session) {
            case Session.InCookie(String id, State _) -> id;
            case Session.OfToken(String id) -> id;
            case Session.None(String offeredId, boolean _) -> offeredId;
        };
    }

    /// The newer one of what is known and what the client says.
    State stateOf(Session session) {
        return newest(idOf(session), told(session));
    }

    /// Changes the newest state, for one caller at a time.
    synchronized State change(Session session, UnaryOperator<SessionOptions> change) {
        State before = stateOf(session);
        State after = new State(before.version() + 1, change.apply(before.options()));
        sessions.put(idOf(session), after);
        return after;
    }

    private static State told(Session session) {
        return session instanceof Session.InCookie(String _, State told) ? told : State.NEW;
    }

    private synchronized State newest(String id, State told) {
        State known = sessions.get(id);
        return known == null || known.version() < told.version() ? told : known;
    }
}
