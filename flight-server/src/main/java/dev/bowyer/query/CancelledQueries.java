package dev.bowyer.query;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.LinkedHashMap;
import java.util.Map;

/// Ids of queries that were cancelled here, so that a ticket which is redeemed just afterwards does not start its query
/// again. The oldest are forgotten.
final class CancelledQueries {
    static final int MAX_IDS = 10_000;

    private final Map<String, Boolean> ids = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_IDS;
        }
    };

    /// @return whether it was not known to be
    synchronized boolean add(String queryId) {
        return ids.put(queryId, true) == null;
    }

    synchronized void remove(String queryId) {
        ids.remove(queryId);
    }

    /// @throws ServiceException CANCELLED if it was
    synchronized void requireNot(String queryId) {
        if (ids.containsKey(queryId)) {
            throw new ServiceException(ErrorCode.CANCELLED, "the query was cancelled");
        }
    }
}
