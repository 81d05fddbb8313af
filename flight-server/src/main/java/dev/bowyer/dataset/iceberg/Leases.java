package dev.bowyer.dataset.iceberg;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// What the tables of one catalog were lent, whichever connection to it asked. Thread-safe.
final class Leases implements AutoCloseable {
    /// Tables whose credentials are kept fresh.
    private static final int MAX_LEASES = 10_000;
    /// A table that nobody has asked for so long is not kept readable any more.
    private static final Duration IDLE = Duration.ofHours(1);
    /// Credentials are asked for anew so long before they expire, or after two thirds of their life.
    private static final Duration AHEAD = Duration.ofMinutes(5);

    private static final int LIFE_PARTS = 3;

    private final LentStores stores;
    private final Cache<TableIdentifier, Lease> leases;
    private boolean closed;

    /// What a table was lent.
    ///
    /// @param renew when to ask again; null: they do not expire, as far as anyone knows
    /// @param used when a query last asked for the table, in milliseconds since 1970
    private record Lease(
            List<VendedStorage> storages, @Nullable Instant renew, AtomicLong used) {
        boolean isDue(Instant now) {
            return renew != null && !now.isBefore(renew);
        }

        boolean isIdle(Instant now) {
            return Instant.ofEpochMilli(used.get()).plus(IDLE).isBefore(now);
        }
    }

    /// A table of this catalog, among those of all catalogs.
    private record Borrower(Leases catalog, TableIdentifier table) {}

    Leases(LentStores stores) {
        this.stores = stores;
        leases = Caffeine.newBuilder()
                .maximumSize(MAX_LEASES)
                .removalListener(this::forget)
                .build();
    }

    /// A query asks for `table`.
    ///
    /// @return whether what it was lent is about to expire
    boolean use(TableIdentifier table, Instant now) {
        Lease lease = leases.getIfPresent(table);
        if (lease == null) {
            return false;
        }
        lease.used().set(now.toEpochMilli());
        return lease.isDue(now);
    }

    /// `table` was lent `storages`, in place of what it had.
    synchronized void take(TableIdentifier table, List<VendedStorage> storages, Instant now) {
        Lease lease = leases.getIfPresent(table);
        if (closed || (lease != null && lease.storages().equals(storages))) {
            return;
        }
        stores.replace(new Borrower(this, table), storages);
        AtomicLong used = lease == null ? new AtomicLong(now.toEpochMilli()) : lease.used();
        leases.put(table, new Lease(storages, renewal(storages, now), used));
    }

    /// Asks anew for what is about to expire, and forgets what nobody has asked for lately. A table that
    /// cannot be renewed does not keep the others from it; a query that needs it reports why.
    ///
    /// @param ask for what a table is lent
    void renew(Instant now, Consumer<TableIdentifier> ask) {
        leases.asMap().forEach((table, lease) -> {
            if (lease.isIdle(now)) {
                drop(table);
            } else if (lease.isDue(now)) {
                try {
                    ask.accept(table);
                } catch (RuntimeException e) {
                    System.getLogger(Leases.class.getName())
                            .log(System.Logger.Level.DEBUG, "credentials were not renewed", e);
                }
            }
        });
    }

    private static @Nullable Instant renewal(List<VendedStorage> lent, Instant now) {
        return lent.stream()
                .map(VendedStorage::expires)
                .filter(Objects::nonNull)
                .min(Instant::compareTo)
                .map(expires -> {
                    Duration third = Duration.between(now, expires).dividedBy(LIFE_PARTS);
                    return expires.minus(third.compareTo(AHEAD) < 0 ? third : AHEAD);
                })
                .orElse(null);
    }

    private void forget(@Nullable TableIdentifier table, @Nullable Lease lease, RemovalCause cause) {
        if (table != null && cause.wasEvicted()) {
            dropEvicted(table);
        }
    }

    /// The table may have been asked for again meanwhile.
    private synchronized void dropEvicted(TableIdentifier table) {
        if (leases.getIfPresent(table) == null) {
            stores.replace(new Borrower(this, table), List.of());
        }
    }

    private synchronized void drop(TableIdentifier table) {
        leases.invalidate(table);
        stores.replace(new Borrower(this, table), List.of());
    }

    @Override
    public synchronized void close() {
        closed = true;
        List.copyOf(leases.asMap().keySet()).forEach(this::drop);
    }
}
