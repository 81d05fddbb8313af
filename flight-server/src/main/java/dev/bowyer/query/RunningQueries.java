package dev.bowyer.query;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The queries whose streams are open or being opened. One id stands twice when a client redeems one ticket
/// twice.
public final class RunningQueries {
    private final Set<Place> places = ConcurrentHashMap.newKeySet();

    RunningQueries() {}

    /// Those whose streams are open. A copy.
    public Collection<Query> all() {
        List<Query> open = new ArrayList<>();
        for (Place place : places) {
            Query query = place.query();
            if (query != null) {
                open.add(query);
            }
        }
        return open;
    }

    /// @return whether one of that id was running, or about to
    public boolean cancel(String queryId) {
        List<Place> found =
                places.stream().filter(place -> place.id.equals(queryId)).toList();
        found.forEach(Place::cancel);
        return !found.isEmpty();
    }

    void cancelAll() {
        places.forEach(Place::cancel);
    }

    /// Whose query it is; null: none of that id runs or is about to.
    @Nullable
    String callerOf(String queryId) {
        return places.stream()
                .filter(place -> place.id.equals(queryId))
                .map(place -> place.caller)
                .findFirst()
                .orElse(null);
    }

    /// For a query that is about to be opened; whoever asked must [Place#leave].
    Place enter(Query.Begin begin) {
        Place place = new Place(begin.queryId(), begin.caller());
        places.add(place);
        return place;
    }

    /// Where a query stands from before it is planned until it is closed, so that no cancel falls in between.
    final class Place {
        private final String id;
        private final String caller;
        private boolean cancelled;
        private @Nullable Query query;

        private Place(String id, String caller) {
            this.id = id;
            this.caller = caller;
        }

        private synchronized @Nullable Query query() {
            return query;
        }

        /// Cancels `opened` if its place was cancelled meanwhile.
        void fill(Query opened) {
            boolean late;
            synchronized (this) {
                query = opened;
                late = cancelled;
            }
            if (late) {
                opened.cancel();
            }
        }

        private void cancel() {
            Query running;
            synchronized (this) {
                cancelled = true;
                running = query;
            }
            if (running != null) {
                running.cancel();
            }
        }

        void leave() {
            places.remove(this);
        }
    }
}
