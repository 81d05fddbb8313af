package dev.bowyer.dataset.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.StorageCredential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LentStoresTest {
    @TempDir
    private Path folder;

    @Test
    void aLentStoreLastsUntilItsLastBorrowerAndNeverReplacesAConfiguredOne() {
        LocalObjects objects = new LocalObjects(folder);
        objects.put("s3://own/", Map.of("access-key-id", "configured"));
        LentStores lent = new LentStores(objects, Set.of("s3://own"));
        Leases one = new Leases(lent);
        Leases other = new Leases(lent);
        TableIdentifier id = TableIdentifier.of(LocalWarehouse.SALES, "trips");
        Instant now = Instant.now();
        one.take(id, List.of(lentStore("s3://own/", "k1"), lentStore("s3://b/t/", "k1")), now);
        other.take(id, List.of(lentStore("s3://b/t/", "k2")), now);
        assertThat(objects.stores.get("s3://b/t/")).containsEntry("access-key-id", "k2");
        other.take(id, List.of(lentStore("s3://b/u/", "k2")), now);
        assertThat(objects.stores.get("s3://b/t/")).containsEntry("access-key-id", "k1");
        assertThat(objects.stores.get("s3://b/u/")).containsEntry("access-key-id", "k2");
        one.close();
        other.close();
        one.take(id, List.of(lentStore("s3://b/t/", "late")), now);
        assertThat(objects.stores).isEqualTo(Map.of("s3://own/", Map.of("access-key-id", "configured")));
    }

    private static VendedStorage lentStore(String prefix, String key) {
        return new VendedStorage(prefix, Map.of("access-key-id", key), null);
    }

    @Test
    void aCredentialIsForItsOwnFolderAlone() {
        List<VendedStorage> lent = VendedStorage.of(
                TableMetadata.newTableMetadata(
                        new Schema(), PartitionSpec.unpartitioned(), "s3://bucket/trips", Map.of()),
                Map.of(),
                List.of(
                        StorageCredential.create("s3://bucket/trip", Map.of("s3.access-key-id", "other")),
                        StorageCredential.create("s3://bucket/trips/data", Map.of("s3.access-key-id", "data")),
                        StorageCredential.create("s3a", Map.of("s3.access-key-id", "all"))));
        assertThat(lent)
                .containsExactly(lentStore("s3://bucket/trips/", "all"), lentStore("s3://bucket/trips/data/", "data"));
    }

    @Test
    void secretsAreNotShown() {
        CatalogSettings settings = new CatalogSettings(
                "lake",
                CatalogSettings.Type.JDBC,
                "jdbc:postgresql://me:hidden1@db/lake?password=hidden2",
                null,
                Map.of("jdbc.password", "hidden3"),
                Duration.ofSeconds(1));
        assertThat(settings.toString()).doesNotContain("hidden").contains("jdbc.password", "db/lake");
        assertThat(new VendedStorage("s3://b/", Map.of("secret-access-key", "hidden"), null).toString())
                .doesNotContain("hidden");
    }
}
