package dev.bowyer.client.sink;

import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Sink;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Rows as a Parquet file, which DuckDB writes: {@code org.duckdb:duckdb_jdbc} and {@code org.apache.arrow:arrow-c-data}
 * must be on the class path. The result is the number of rows.
 *
 * <p>The file appears when it is whole: a failure leaves nothing behind, and an existing file as it was. Types are
 * those that DuckDB has for the columns, see {@link DuckDbSink}; one that it has none for is a TYPE_MISMATCH, and so
 * are durations and intervals. Immutable: each option returns another sink.
 *
 * <pre>{@code
 * client.sql(query).into(ParquetSink.file(Path.of("trips.parquet")));
 * }</pre>
 */
public final class ParquetSink implements Sink<Long> {
    private final Path path;
    private final Compression compression;

    private ParquetSink(Path path, Compression compression) {
        this.path = path;
        this.compression = compression;
    }

    /** How pages are compressed. */
    public enum Compression {
        UNCOMPRESSED,
        SNAPPY,
        GZIP,
        ZSTD,
        BROTLI,
        LZ4_RAW
    }

    /** @param path an existing file is replaced; its folder must exist */
    public static ParquetSink file(Path path) {
        Failure.requireDuckDb();
        return new ParquetSink(path, Compression.ZSTD);
    }

    /** How pages are compressed; ZSTD if not set. */
    public ParquetSink compression(Compression other) {
        return new ParquetSink(path, other);
    }

    @Override
    public Long read(BatchSource source) {
        return Reading.of(source, stream -> TargetFile.write(path, temporary -> write(stream, temporary)));
    }

    private long write(BatchStream stream, Path temporary) {
        stream.schema().getFields().forEach(field -> refuse(field, field));
        String file = "'" + temporary.toString().replace("'", "''") + "'";
        String options = "(FORMAT parquet, COMPRESSION '" + compression.name().toLowerCase(Locale.ROOT) + "')";
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            return new DuckDbScan(connection)
                    .run(stream, view -> "COPY (FROM " + view + ") TO " + file + " " + options, path.toString());
        } catch (SQLException e) {
            throw Failure.of(path.toString(), e, null);
        }
    }

    /** DuckDB would cut times off at milliseconds. */
    private static void refuse(Field column, Field field) {
        ArrowType type = field.getType();
        if (type instanceof ArrowType.Duration || type instanceof ArrowType.Interval) {
            throw Failure.mismatch(column.getName(), type, "Parquet", "cast it to a number or a text in the query");
        }
        field.getChildren().forEach(child -> refuse(column, child));
    }
}
