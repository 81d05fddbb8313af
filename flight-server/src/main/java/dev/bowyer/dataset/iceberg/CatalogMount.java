package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.Mount;
import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// One of the configured catalogs, as datasets.
public final class CatalogMount implements Mount {
    /// Most tables that are listed.
    public static final int MAX_TABLES = 100_000;

    /// Longest time of one listing.
    public static final Duration MAX_LISTING = Duration.ofMinutes(1);

    private final IcebergCatalogs catalogs;
    private final String name;

    /// @param name of a catalog among `catalogs`
    public CatalogMount(IcebergCatalogs catalogs, String name) {
        this.catalogs = catalogs;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<List<String>> tables() {
        List<List<String>> tables = new ArrayList<>();
        long deadline = System.nanoTime() + MAX_LISTING.toNanos();
        Deque<List<String>> namespaces = new ArrayDeque<>(catalogs.namespaces(name, List.of()));
        while (!namespaces.isEmpty()) {
            List<String> namespace = namespaces.removeFirst();
            namespaces.addAll(catalogs.namespaces(name, namespace));
            for (String table : catalogs.tables(name, namespace)) {
                List<String> path = new ArrayList<>(namespace);
                path.add(table);
                tables.add(List.copyOf(path));
            }
            if (System.nanoTime() - deadline > 0) {
                throw new ServiceException(
                        ErrorCode.UNAVAILABLE,
                        "catalog \"" + name + "\" was not listed within " + MAX_LISTING.toSeconds() + " s");
            }
            if (tables.size() > MAX_TABLES) {
                throw new ServiceException(
                        ErrorCode.LIMIT_REACHED,
                        "catalog \"" + name + "\" has more than " + MAX_TABLES + " tables",
                        "list those that are wanted in datasets, and set mount: false");
            }
        }
        return tables;
    }

    @Override
    public Optional<Source.Lake> find(List<String> path) {
        if (path.size() < 2) {
            return Optional.empty();
        }
        var table = new Source.CatalogTable(name, path.subList(0, path.size() - 1), path.getLast());
        try {
            catalogs.load(table);
        } catch (ServiceException e) {
            if (e.code() == ErrorCode.SOURCE_NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
        String location = name + ":" + String.join(".", path);
        return Optional.of(new Source.Lake(Source.TableFormat.ICEBERG, location, table, null));
    }
}
