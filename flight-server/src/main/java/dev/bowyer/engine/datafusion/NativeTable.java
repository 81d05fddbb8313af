package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableStatistics;
import dev.bowyer.dataset.TableStatistics.ColumnStatistics;
import dev.bowyer.engine.datafusion.NativeBorder.TableInfo;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A table of one engine. Its handle is freed once nobody refers to this object; sessions and plans over it
/// go on.
final class NativeTable implements Table {
    private final NativeBorder border;
    private final NativeHandle handle;
    private final Schema schema;
    private final String format;
    private final int files;
    private final long bytes;
    private final OptionalLong rows;

    NativeTable(NativeBorder border, NativeHandle handle, TableInfo info) {
        JsonNode json = info.json();
        this.border = border;
        this.handle = handle;
        this.schema = info.schema();
        this.format = json.path("format").asText();
        this.files = json.path("files").asInt();
        this.bytes = json.path("bytes").asLong();
        this.rows = rows(json);
    }

    NativeHandle handle() {
        return handle;
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public String format() {
        return format;
    }

    @Override
    public int files() {
        return files;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public OptionalLong rows() {
        return rows;
    }

    /// Reads nothing: what there is was read when the table was opened.
    @Override
    public TableStatistics statistics() {
        try {
            JsonNode json = border.ask(border.calls().tableStatistics, handle.value());
            List<ColumnStatistics> columns = new ArrayList<>();
            for (JsonNode column : json.path("columns")) {
                columns.add(new ColumnStatistics(
                        column.path("column").asText(),
                        column.hasNonNull("nulls") ? column.get("nulls").asLong() : null,
                        text(column, "min"),
                        text(column, "max")));
            }
            return new TableStatistics(rows(json), columns);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private static OptionalLong rows(JsonNode json) {
        return json.hasNonNull("rows") ? OptionalLong.of(json.get("rows").asLong()) : OptionalLong.empty();
    }

    private static @Nullable String text(JsonNode node, String field) {
        return node.hasNonNull(field) ? node.get(field).asText() : null;
    }
}
