package dev.bowyer.query;

import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The queries that are being planned, wait for their turn or run. One id stands twice when a client redeems one
/// ticket twice.
public final class RunningQueries {
    private final Set<Place> places = ConcurrentHashMap.newKeySet();

    RunningQueries() {}

    /// Those that are planned: they wait for their turn, or run. A copy.
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

    /// How many of those came in by `protocol`.
    public int open(Origin.Protocol protocol) {
        return Math.toIntExact(all().stream()
                .filter(query -> query.identity().origin().protocol() == protocol)
                .count());
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

    void stopAll(ServiceException reason) {
        places.forEach(place -> place.stop(reason));
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
        Place place = new Place(begin.queryId(), begin.identity().caller());
        places.add(place);
        return place;
    }

    /// Where a query stands from before it is planned until it is closed, so that no cancel falls in between.
    final class Place {
        private final String id;
        private final String caller;
        private @Nullable Consumer<Query> ending;
        private @Nullable Query query;

        private Place(String id, String caller) {
            this.id = id;
            this.caller = caller;
        }

        private synchronized @Nullable Query query() {
            return query;
        }

        /// Ends `opened` if its place was cancelled or stopped meanwhile.
        void fill(Query opened) {
            Consumer<Query> late;
            synchronized (this) {
                query = opened;
                late = ending;
            }
            if (late != null) {
                late.accept(opened);
            }
        }

        private void cancel() {
            end(Query::cancel);
        }

        private void stop(ServiceException reason) {
            end(opened -> opened.stop(reason));
        }

        private void end(Consumer<Query> how) {
            Query running;
            synchronized (this) {
                ending = how;
                running = query;
            }
            if (running != null) {
                how.accept(running);
            }
        }

        void leave() {
            places.remove(this);
        }
    }
}
