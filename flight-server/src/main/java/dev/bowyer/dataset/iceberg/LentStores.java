package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/// The stores that catalogs have lent, beside those that are configured, which stay as they are. Several
/// tables, of several catalogs, may be lent the same prefix: it is dropped with the last of them.
/// Thread-safe.
final class LentStores {
    private final ObjectStores stores;
    private final Set<String> configured;
    /// By prefix, what each borrower was lent for it; the last one's is in use.
    private final Map<String, SequencedMap<Object, Map<String, String>>> lent = new HashMap<>();

    /// @param configured prefixes of the stores that are configured
    LentStores(ObjectStores stores, Set<String> configured) {
        this.stores = stores;
        this.configured = configured.stream().map(LentStores::prefix).collect(Collectors.toUnmodifiableSet());
    }

    private static String prefix(String url) {
        return Locations.folder(Locations.canonical(url));
    }

    /// What `borrower` has from now on, in place of what it had.
    ///
    /// @param borrower equals itself alone, among all tables of all catalogs
    synchronized void replace(Object borrower, List<VendedStorage> storages) {
        for (VendedStorage storage : storages) {
            String prefix = prefix(storage.prefix());
            if (!configured.contains(prefix)) {
                stores.put(prefix, storage.options());
                lent.computeIfAbsent(prefix, _ -> new LinkedHashMap<>()).putLast(borrower, storage.options());
            }
        }
        Set<String> kept =
                storages.stream().map(storage -> prefix(storage.prefix())).collect(Collectors.toSet());
        List<String> gone =
                lent.keySet().stream().filter(prefix -> !kept.contains(prefix)).toList();
        gone.forEach(prefix -> giveBack(borrower, prefix));
    }

    private void giveBack(Object borrower, String prefix) {
        SequencedMap<Object, Map<String, String>> borrowers = lent.getOrDefault(prefix, new LinkedHashMap<>());
        boolean inUse = !borrowers.isEmpty() && borrowers.lastEntry().getKey().equals(borrower);
        if (borrowers.remove(borrower) == null) {
            return;
        }
        if (borrowers.isEmpty()) {
            lent.remove(prefix);
            stores.drop(prefix);
        } else if (inUse) {
            stores.put(prefix, borrowers.lastEntry().getValue());
        }
    }
}
