package dev.bowyer.config;

import dev.bowyer.config.Config.CatalogEntry;
import dev.bowyer.config.Config.StoreEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads `stores` and `catalogs`.
final class StoreSections {
    private final ConfigProblems problems;

    StoreSections(ConfigProblems problems) {
        this.problems = problems;
    }

    List<StoreEntry> stores(Section top) {
        List<StoreEntry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Section section : top.sections("stores")) {
            @Nullable String prefix = section.value(StoreKeys.PREFIX_KEY);
            Map<String, String> options = new LinkedHashMap<>();
            for (ConfigKey<String> key : StoreKeys.OPTIONS) {
                @Nullable String value = section.value(key);
                if (value != null) {
                    options.put(key.name(), value);
                }
            }
            if (prefix != null && !seen.add(prefix)) {
                problems.add(section.markOf("prefix"), "store prefix \"" + prefix + "\" stands twice");
            } else if (prefix != null) {
                entries.add(new StoreEntry(prefix, options));
            }
        }
        return entries;
    }

    List<CatalogEntry> catalogs(Section top) {
        List<CatalogEntry> entries = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Section section : top.sections("catalogs")) {
            @Nullable String name = section.value(StoreKeys.CATALOG_NAME);
            @Nullable String type = section.value(StoreKeys.CATALOG_TYPE);
            @Nullable String uri = section.value(StoreKeys.CATALOG_URI);
            Map<String, String> options = new LinkedHashMap<>();
            for (ConfigKey<String> key : List.of(
                    StoreKeys.CATALOG_WAREHOUSE,
                    StoreKeys.CATALOG_TOKEN,
                    StoreKeys.CATALOG_CREDENTIAL,
                    StoreKeys.CATALOG_OAUTH_URI,
                    StoreKeys.CATALOG_SCOPE,
                    StoreKeys.CATALOG_USER,
                    StoreKeys.CATALOG_PASSWORD)) {
                @Nullable String value = section.value(key);
                if (value != null) {
                    options.put(key.name(), value);
                }
            }
            @Nullable Duration timeout = section.value(StoreKeys.CATALOG_TIMEOUT);
            @Nullable Duration refresh = section.value(StoreKeys.CATALOG_REFRESH);
            @Nullable String mount = section.value(StoreKeys.CATALOG_MOUNT);
            if (name != null && !seen.add(name)) {
                problems.add(section.markOf("name"), "catalog name \"" + name + "\" stands twice");
            } else if (name != null
                    && type != null
                    && uri != null
                    && timeout != null
                    && refresh != null
                    && mount != null) {
                entries.add(new CatalogEntry(name, type, uri, options, timeout, refresh, mount.equals("true")));
            }
        }
        return entries;
    }
}
