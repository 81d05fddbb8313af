package dev.bowyer.dataset;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The catalogs that are mounted, and what they listed last. Thread-safe.
final class Mounts {
    /// How long a call waits for the first answer of a catalog that another one asked.
    static final Duration FIRST_LISTING = Duration.ofSeconds(10);

    private static final System.Logger LOG = System.getLogger(Mounts.class.getName());

    private final LongSupplier nanoTime;
    private final ConcurrentMap<String, Mounted> byName = new ConcurrentHashMap<>();

    Mounts(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void add(Mount mount, Duration refreshInterval) {
        byName.put(mount.name(), new Mounted(mount, refreshInterval.toNanos()));
    }

    boolean isEmpty() {
        return byName.isEmpty();
    }

    /// The name by which a table of a mount is known: all levels of its namespace before the table. Other
    /// names stay.
    DatasetName canonical(DatasetName name) {
        String text = name.namespace() + "." + name.table();
        int firstDot = text.indexOf('.');
        if (!byName.containsKey(text.substring(0, firstDot))) {
            return name;
        }
        int suffix = indexOfSuffix(text);
        int lastDot = text.lastIndexOf('.', suffix);
        return new DatasetName(text.substring(0, lastDot), text.substring(lastDot + 1));
    }

    /// Where `@...` or `$...` begins, which may hold dots; the length without one.
    private static int indexOfSuffix(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '@' || text.charAt(i) == '$') {
                return i;
            }
        }
        return text.length();
    }

    /// Whether a canonical name is one of a mount, whatever tables it has.
    boolean has(DatasetName name) {
        int dot = name.namespace().indexOf('.');
        return dot > 0 && byName.containsKey(name.namespace().substring(0, dot));
    }

    /// @param name a canonical one of a mount
    Duration refreshInterval(DatasetName name) {
        return Duration.ofNanos(mounted(name).intervalNanos);
    }

    private Mounted mounted(DatasetName name) {
        return Objects.requireNonNull(
                byName.get(name.namespace().substring(0, name.namespace().indexOf('.'))));
    }

    /// @param name a canonical one of a mount
    Optional<Source.Lake> find(DatasetName name) {
        List<String> levels = Arrays.asList(name.namespace().split("\\.", -1));
        List<String> path = new ArrayList<>(levels.subList(1, levels.size()));
        path.add(name.table());
        return mounted(name).mount.find(List.copyOf(path));
    }

    /// @param names of all tables of all mounts
    /// @param asked the mounts that were asked for it just now
    record Listing(NavigableSet<DatasetName> names, Set<String> asked) {
        /// Whether the name is one of a mount that was asked and did not tell of it.
        boolean lacks(DatasetName name) {
            int dot = name.namespace().indexOf('.');
            return dot > 0 && asked.contains(name.namespace().substring(0, dot)) && !names.contains(name);
        }
    }

    /// Asks each mount that was not asked within its interval.
    Listing list() {
        NavigableSet<DatasetName> names = new TreeSet<>();
        Set<String> asked = new HashSet<>();
        byName.forEach((name, mounted) -> {
            if (mounted.list()) {
                asked.add(name);
            }
            names.addAll(mounted.listed);
        });
        return new Listing(names, asked);
    }

    private final class Mounted {
        private final Mount mount;
        private final long intervalNanos;
        private final ReentrantLock lock = new ReentrantLock();
        private volatile List<DatasetName> listed = List.of();
        private boolean wasAsked;
        private long askedAt;

        Mounted(Mount mount, long intervalNanos) {
            this.mount = mount;
            this.intervalNanos = intervalNanos;
        }

        /// One call asks; the others go on with what is known, except that before the first answer they wait
        /// for it, for a while.
        ///
        /// @return whether it was asked, and answered
        boolean list() {
            if (!enter()) {
                return false;
            }
            try {
                long now = nanoTime.getAsLong();
                if (wasAsked && now - askedAt < intervalNanos) {
                    return false;
                }
                wasAsked = true;
                askedAt = now;
                listed = mount.tables().stream()
                        .filter(path -> path.stream().allMatch(DatasetName::isValid))
                        .map(path -> name(mount.name(), path))
                        .toList();
                return true;
            } catch (ServiceException e) {
                LOG.log(System.Logger.Level.WARNING, "catalog {0} is not listed: {1}", mount.name(), e.describe());
                return false;
            } finally {
                lock.unlock();
            }
        }

        private boolean enter() {
            try {
                return listed.isEmpty() ? lock.tryLock(FIRST_LISTING.toMillis(), MILLISECONDS) : lock.tryLock();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        private static DatasetName name(String mount, List<String> path) {
            String namespace = mount + "." + String.join(".", path.subList(0, path.size() - 1));
            return new DatasetName(namespace, path.getLast());
        }
    }
}
