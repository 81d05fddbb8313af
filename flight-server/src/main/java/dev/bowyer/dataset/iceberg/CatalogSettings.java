package dev.bowyer.dataset.iceberg;

import java.time.Duration;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A catalog of Iceberg tables.
///
/// @param name by which it is mounted, and called in messages
/// @param uri of the REST service (`https://...`) or the database (`jdbc:postgresql://...`,
///     `jdbc:sqlite:...`)
/// @param warehouse the REST service may serve several; null: its default. A JDBC catalog does not need it
/// @param properties by their names in Iceberg: `credential` (`id:secret`), `token`, `scope`,
///     `oauth2-server-uri`, `header.<name>`, `jdbc.user`, `jdbc.password`; and `catalog-name`, the name in
///     the database where that is not `name`
/// @param timeout of every call, connecting included
public record CatalogSettings(
        String name,
        Type type,
        String uri,
        @Nullable String warehouse,
        Map<String, String> properties,
        Duration timeout) {
    /// The kinds of catalogs.
    public enum Type {
        REST,
        JDBC
    }

    public CatalogSettings {
        properties = Map.copyOf(properties);
    }

    /// Without the values of properties, and of the URI only what comes before a user or a parameter.
    @Override
    public String toString() {
        return "CatalogSettings[name=" + name + ", type=" + type + ", uri=" + shownUri() + ", warehouse=" + warehouse
                + ", properties=" + new TreeSet<>(properties.keySet()) + ", timeout=" + timeout + "]";
    }

    private String shownUri() {
        String plain = uri.replaceFirst("[?;].*", "?...");
        return plain.replaceFirst("//[^/@]*@", "//...@");
    }
}
