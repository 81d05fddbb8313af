package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.error.ServiceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes the eight tables of the TPC-H benchmark, for trying things out.
public final class TpchGenerator {
    private TpchGenerator() {}

    /// Writes `<table>.parquet` for each table, over what is there. Blocks, on `threads` threads.
    ///
    /// @param scale the size: 1 is six million rows of `lineitem`
    /// @param folder made when missing
    /// @throws ServiceException INVALID_ARGUMENT for a scale out of range; UNSUPPORTED as [NativeEngine#start]
    public static List<GeneratedTable> generate(double scale, Path folder, int threads) {
        ObjectNode options = Json.object()
                .put("scale", scale)
                .put("folder", folder.toAbsolutePath().toString())
                .put("threads", threads);
        List<GeneratedTable> tables = new ArrayList<>();
        for (JsonNode table :
                Json.read(NativeBorder.load().tpchGenerate(Json.bytes(options))).path("tables")) {
            tables.add(new GeneratedTable(
                    table.path("name").asText(),
                    table.path("rows").asLong(),
                    table.path("bytes").asLong()));
        }
        return tables;
    }

    /// @param bytes size of the file
    public record GeneratedTable(String name, long rows, long bytes) {}
}
