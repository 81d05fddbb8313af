package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.delta.log.DeltaLimits;
import dev.bowyer.dataset.lake.LakeTables;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ParquetRowReader;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Puller;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
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
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/// The format over local files and the native engine, and what it gives as plain rows.
final class ReadTables implements AutoCloseable {
    private static final long MEMORY = 256L << 20;
    /// Held, so that its level stays.
    private static final Logger KERNEL = Logger.getLogger("io.delta");

    final LocalStores stores = new LocalStores();
    private final BufferAllocator allocator = new RootAllocator();
    private final NativeEngine engine =
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

    /// With so little memory.
    DeltaFormat format(BufferAllocator little) {
        ParquetRowReader reader = new ParquetRowReader(engine, little, ParquetRowReader.DEFAULT_TIMEOUT);
        return new DeltaFormat(stores, reader, little, DeltaLimits.DEFAULT);
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

    /// The names of the columns of an Arrow IPC stream.
    List<String> columns(byte[] ipc) {
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(ipc), allocator)) {
            return reader.getVectorSchemaRoot().getSchema().getFields().stream()
                    .map(Field::getName)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The files of a version.
    List<Row> files(DeltaVersion version) {
        return rows(version.files("t").files());
    }

    /// The values of a column, as the engine reads it.
    List<Object> column(Path folder, String column) {
        LakeTables opener = new LakeTables(engine, engine, stores, Map.of(Source.TableFormat.DELTA, format()));
        Catalog catalog = new Catalog(opener);
        DatasetName name = DatasetName.parse("t");
        catalog.register(name, source(folder));
        Puller puller = new Puller();
        Statement scan = new Statement.Scan(name, List.of(column), null, null);
        try (Plan plan = engine.plan(catalog.current(), scan, PlanOptions.DEFAULT);
                BatchStream stream = engine.execute(plan, RunOptions.of(ExecutionLimits.NONE), puller)) {
            List<Object> values = new ArrayList<>();
            while (puller.await(stream) instanceof BatchStream.Message message) {
                values.addAll(DecodedBatch.of(message, plan.schema(), ReadTables::first));
                message.release();
            }
            return values;
        }
    }

    private static List<Object> first(VectorSchemaRoot root) {
        List<Object> values = new ArrayList<>();
        for (int row = 0; row < root.getRowCount(); row++) {
            values.add(root.getVector(0).getObject(row));
        }
        return values;
    }

    @Override
    public void close() {
        engine.close();
        allocator.close();
    }
}
