package dev.bowyer.dataset;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The catalogs that are mounted, and what they listed last. Thread-safe.
final class Mounts {
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

    /// All tables of all mounts, asking each that was not asked within its interval.
    NavigableSet<DatasetName> list() {
        NavigableSet<DatasetName> names = new TreeSet<>();
        byName.values().forEach(mounted -> names.addAll(mounted.list()));
        return names;
    }

    private final class Mounted {
        private final Mount mount;
        private final long intervalNanos;
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable List<DatasetName> listed;
        private long listedAt;

        Mounted(Mount mount, long intervalNanos) {
            this.mount = mount;
            this.intervalNanos = intervalNanos;
        }

        List<DatasetName> list() {
            lock.lock();
            try {
                List<DatasetName> known = listed;
                long now = nanoTime.getAsLong();
                if (known == null || now - listedAt >= intervalNanos) {
                    known = mount.tables().stream()
                            .filter(path -> path.stream().allMatch(DatasetName::isValid))
                            .map(path -> name(mount.name(), path))
                            .toList();
                    listed = known;
                    listedAt = now;
                }
                return known;
            } finally {
                lock.unlock();
            }
        }

        private static DatasetName name(String mount, List<String> path) {
            String namespace = mount + "." + String.join(".", path.subList(0, path.size() - 1));
            return new DatasetName(namespace, path.getLast());
        }
    }
}
