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

    /// The newer one of what is known and what the client says.
    synchronized State newest(String id, State told) {
        State known = sessions.get(id);
        return known == null || known.version() < told.version() ? told : known;
    }

    /// Changes the newest state, for one caller at a time.
    synchronized State change(String id, State told, UnaryOperator<SessionOptions> change) {
        State before = newest(id, told);
        State after = new State(before.version() + 1, change.apply(before.options()));
        sessions.put(id, after);
        return after;
    }
}
