package dev.bowyer.query;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The queries whose streams are open. One id stands twice when a client redeems one ticket twice.
public final class RunningQueries {
    private final Set<Query> running = ConcurrentHashMap.newKeySet();

    RunningQueries() {}

    /// A copy.
    public Collection<Query> all() {
        return List.copyOf(running);
    }

    /// @return whether one of that id was running
    public boolean cancel(String queryId) {
        List<Query> found =
                running.stream().filter(query -> query.id().equals(queryId)).toList();
        found.forEach(Query::cancel);
        return !found.isEmpty();
    }

    void cancelAll() {
        running.forEach(Query::cancel);
    }

    void add(Query query) {
        running.add(query);
    }

    void remove(Query query) {
        running.remove(query);
    }
}
