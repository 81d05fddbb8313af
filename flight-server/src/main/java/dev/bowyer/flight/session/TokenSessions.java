package dev.bowyer.flight.session;

import java.util.LinkedHashMap;
import java.util.Map;

/// Options of clients that keep no cookies but have logged in, by the id of their access token. On this replica only:
/// a client's calls share one connection. Bounded; the session that was touched longest ago goes first.
final class TokenSessions {
    static final int MAX_SESSIONS = 10_000;

    private final Map<String, SessionOptions> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SessionOptions> eldest) {
            return size() > MAX_SESSIONS;
        }
    };

    synchronized SessionOptions get(String tokenId) {
        return sessions.getOrDefault(tokenId, SessionOptions.DEFAULT);
    }

    synchronized void put(String tokenId, SessionOptions options) {
        if (options.chosen().isEmpty()) {
            sessions.remove(tokenId);
        } else {
            sessions.put(tokenId, options);
        }
    }
}
