package dev.bowyer.dataset.iceberg;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.StorageCredential;
import org.jspecify.annotations.Nullable;

/// Credentials that a catalog lends for the files of one table, as options of a store.
///
/// @param prefix a URL ending in `/`
/// @param options hold secrets
/// @param expires null: the catalog does not say
record VendedStorage(
        String prefix,
        Map<String, String> options,
        @Nullable Instant expires) {
    private static final Map<String, String> S3 = Map.of(
            "s3.access-key-id", "access-key-id",
            "s3.secret-access-key", "secret-access-key",
            "s3.session-token", "session-token",
            "s3.endpoint", "endpoint",
            "s3.path-style-access", "path-style",
            "client.region", "region");
    private static final String SAS = "adls.sas-token.";
    private static final String SAS_EXPIRY = "adls.sas-token-expires-at-ms.";
    /// Properties of a table that put some of its files out of its folder.
    private static final List<String> OTHER_LOCATIONS = List.of(
            TableProperties.WRITE_DATA_LOCATION, TableProperties.WRITE_METADATA_LOCATION, "write.object-storage.path");

    /// For each place where the table has files, the credential for it; places without one are left out, and
    /// read as the server is configured.
    ///
    /// @param properties of the table's answer, where older services put the credentials
    static List<VendedStorage> of(
            TableMetadata metadata, Map<String, String> properties, List<StorageCredential> credentials) {
        List<VendedStorage> vended = new ArrayList<>();
        for (String place : places(metadata)) {
            Map<String, String> options = credentials.stream()
                    .filter(credential -> covers(credential.prefix(), place))
                    .max(Comparator.comparingInt(
                            credential -> credential.prefix().length()))
                    .map(StorageCredential::config)
                    .orElse(Map.of());
            add(vended, place, properties, options);
            // A part of the place may have a credential of its own.
            credentials.stream()
                    .filter(credential -> isWithin(credential.prefix(), place))
                    .forEach(credential -> add(
                            vended,
                            Locations.folder(Locations.url(credential.prefix())),
                            properties,
                            credential.config()));
        }
        return vended;
    }

    private static void add(
            List<VendedStorage> vended, String place, Map<String, String> properties, Map<String, String> options) {
        Map<String, String> all = new HashMap<>(properties);
        all.putAll(options);
        VendedStorage storage = of(place, all);
        if (storage != null && !vended.contains(storage)) {
            vended.add(storage);
        }
    }

    private static Set<String> places(TableMetadata metadata) {
        Set<String> places = new LinkedHashSet<>();
        places.add(Locations.folder(Locations.url(metadata.location())));
        for (String property : OTHER_LOCATIONS) {
            String location = metadata.properties().get(property);
            if (location != null) {
                places.add(Locations.folder(Locations.url(location)));
            }
        }
        return places;
    }

    /// A prefix may be a scheme alone, `s3` or `s3://`.
    private static boolean covers(String prefix, String place) {
        String url = prefix.contains("://") ? prefix : prefix + "://";
        return place.startsWith(Locations.folder(Locations.url(url)));
    }

    private static boolean isWithin(String prefix, String place) {
        String folder = Locations.folder(Locations.url(prefix));
        return folder.length() > place.length() && folder.startsWith(place);
    }

    private static @Nullable VendedStorage of(String place, Map<String, String> config) {
        if (place.startsWith("s3://")) {
            return config.containsKey("s3.access-key-id") ? s3(place, config) : null;
        }
        if (place.startsWith("gs://")) {
            String token = config.get("gcs.oauth2.token");
            Instant expires = moment(config.get("gcs.oauth2.token-expires-at"));
            return token == null ? null : new VendedStorage(place, Map.of("token", token), expires);
        }
        return place.startsWith("abfss://") || place.startsWith("az://") ? azure(place, config) : null;
    }

    private static VendedStorage s3(String place, Map<String, String> config) {
        Map<String, String> options = new HashMap<>();
        S3.forEach((theirs, ours) -> {
            String value = config.get(theirs);
            if (value != null) {
                options.put(ours, value);
            }
        });
        if (config.getOrDefault("s3.endpoint", "").startsWith("http://")) {
            options.put("allow-http", "true");
        }
        return new VendedStorage(place, options, moment(config.get("s3.session-token-expires-at-ms")));
    }

    /// Tokens are listed by account: `adls.sas-token.<account>` or `adls.sas-token.<account>.dfs...`.
    private static @Nullable VendedStorage azure(String place, Map<String, String> config) {
        String host = place.replaceFirst("^[a-z]+://([^/@]*@)?", "").replaceFirst("/.*", "");
        String account = host.replaceFirst("\\..*", "");
        for (String name : List.of(host, account)) {
            String token = config.get(SAS + name);
            if (token != null) {
                Map<String, String> options = Map.of("account", account, "sas-token", token);
                return new VendedStorage(place, options, moment(config.get(SAS_EXPIRY + name)));
            }
        }
        return null;
    }

    private static @Nullable Instant moment(@Nullable String millis) {
        try {
            return millis == null ? null : Instant.ofEpochMilli(Long.parseLong(millis));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "VendedStorage[prefix=" + prefix + ", expires=" + expires + "]";
    }
}
