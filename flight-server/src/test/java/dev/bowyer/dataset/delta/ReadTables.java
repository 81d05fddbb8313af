package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ParquetRowReader;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.datafusion.NativeEngine;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/// The format over local files and the native engine, and what it gives as plain rows.
final class ReadTables implements AutoCloseable {
    private static final long MEMORY = 256L << 20;
    /// Held, so that its level stays.
    private static final Logger KERNEL = Logger.getLogger("io.delta");

    final LocalStores stores = new LocalStores();
    private final BufferAllocator allocator = new RootAllocator();
    private final QueryEngine engine =
            NativeEngine.start(EngineOptions.defaults().withMemoryBytes(MEMORY));
    private final ParquetRowReader parquet = new ParquetRowReader(engine, allocator, ParquetRowReader.DEFAULT_TIMEOUT);

    /// @param cells those that are not NULL, by column
    record Row(Map<String, Object> cells) {
        @Nullable
        Object get(String column) {
            return cells.get(column);
        }

        String text(String column) {
            return String.valueOf(cells.get(column));
        }

        long number(String column) {
            return cells.get(column) instanceof Number number ? number.longValue() : 0;
        }
    }

    ReadTables() {
        KERNEL.setLevel(Level.SEVERE);
    }

    DeltaFormat format() {
        return format(DeltaLimits.DEFAULT);
    }

    DeltaFormat format(DeltaLimits limits) {
        return new DeltaFormat(stores, parquet, allocator, limits);
    }

    static Source.Lake source(Path folder) {
        return new Source.Lake(Source.TableFormat.DELTA, LocalStores.url(folder), null, null);
    }

    DeltaVersion load(Path folder, @Nullable String version) {
        return (DeltaVersion) format().load(source(folder), version == null ? null : AsOf.parse(version));
    }

    /// The rows of an Arrow IPC stream.
    List<Row> rows(byte[] ipc) {
        List<Row> rows = new ArrayList<>();
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(ipc), allocator)) {
            while (reader.loadNextBatch()) {
                for (int row = 0; row < reader.getVectorSchemaRoot().getRowCount(); row++) {
                    Map<String, Object> cells = new LinkedHashMap<>();
                    for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
                        Object cell = vector.getObject(row);
                        if (cell != null) {
                            cells.put(vector.getName(), cell instanceof Text text ? text.toString() : cell);
                        }
                    }
                    rows.add(new Row(cells));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    /// The files of a version.
    List<Row> files(DeltaVersion version) {
        return rows(version.files("t").files());
    }

    @Override
    public void close() {
        engine.close();
        allocator.close();
    }
}
