package dev.bowyer.dataset.iceberg;

import java.io.IOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.Files;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/// Writes tables with iceberg-core, through a JDBC catalog in an SQLite file. Data files are named, not
/// written: planning does not open them.
final class LocalWarehouse implements AutoCloseable {
    static final Namespace SALES = Namespace.of("sales");

    final Path folder;
    final JdbcCatalog catalog;

    LocalWarehouse(Path folder) {
        this.folder = folder;
        catalog = new JdbcCatalog(properties -> new LocalFileIO(), null, true);
        catalog.initialize(
                "lake",
                Map.of(
                        CatalogProperties.URI,
                        databaseUri(),
                        CatalogProperties.WAREHOUSE_LOCATION,
                        "file:" + folder,
                        "jdbc.schema-version",
                        "V1"));
        catalog.createNamespace(SALES);
    }

    String databaseUri() {
        return "jdbc:sqlite:" + folder.resolve("catalog.db");
    }

    Table create(String name, Schema schema, PartitionSpec spec, Map<String, String> properties) {
        return catalog.createTable(TableIdentifier.of(SALES, name), schema, spec, properties);
    }

    static TableMetadata metadata(Table table) {
        return ((BaseTable) table).operations().refresh();
    }

    /// The folder of a table, without a scheme.
    static Path folder(Table table) {
        return Path.of(table.location().replaceFirst("^file:", ""));
    }

    /// @param partition values as Iceberg has them in memory
    static DataFile data(Table table, String name, long rows, Metrics metrics, @Nullable Object... partition) {
        return data(table, table.spec(), name, rows, metrics, partition);
    }

    static DataFile data(
            Table table, PartitionSpec spec, String name, long rows, Metrics metrics, @Nullable Object... partition) {
        DataFiles.Builder builder = DataFiles.builder(spec)
                .withPath(table.location() + "/data/" + name)
                .withFileSizeInBytes(1000 + rows)
                .withMetrics(metrics)
                .withRecordCount(rows);
        return (spec.isUnpartitioned() ? builder : builder.withPartition(tuple(spec, partition))).build();
    }

    static PartitionData tuple(PartitionSpec spec, @Nullable Object... values) {
        PartitionData tuple = new PartitionData(spec.partitionType());
        for (int i = 0; i < values.length; i++) {
            tuple.set(i, values[i]);
        }
        return tuple;
    }

    static FileMetadata.Builder deletes(Table table, PartitionSpec spec, String name, @Nullable Object... partition) {
        FileMetadata.Builder builder = FileMetadata.deleteFileBuilder(spec)
                .withPath(table.location() + "/data/" + name)
                .withFileSizeInBytes(77)
                .withRecordCount(3);
        return spec.isUnpartitioned() ? builder : builder.withPartition(tuple(spec, partition));
    }

    static DeleteFile positionDeletes(Table table, String name, @Nullable Object... partition) {
        return deletes(table, table.spec(), name, partition).ofPositionDeletes().build();
    }

    static Metrics noMetrics(long rows) {
        return new Metrics(rows, null, null, null, null, null, null);
    }

    static ByteBuffer bytes(Type type, Object value) {
        return Conversions.toByteBuffer(type, value);
    }

    @Override
    public void close() throws IOException {
        catalog.close();
    }

    /// Files of this machine, for writing too.
    static final class LocalFileIO implements FileIO {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public InputFile newInputFile(String path) {
            return Files.localInput(plain(path));
        }

        @Override
        public OutputFile newOutputFile(String path) {
            return Files.localOutput(plain(path));
        }

        @Override
        public void deleteFile(String path) {
            if (!Path.of(plain(path)).toFile().delete()) {
                throw new AlreadyExistsException("%s", path);
            }
        }

        private static String plain(String path) {
            return path.replaceFirst("^file:", "");
        }
    }
}
