package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.datafusion.NativeBorder.TableInfo;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;

/// A table of one engine. Its handle is freed once nobody refers to this object; sessions and plans over it
/// go on.
final class NativeTable implements Table {
    private final NativeHandle handle;
    private final Schema schema;
    private final String format;
    private final int files;
    private final long bytes;
    private final OptionalLong rows;

    NativeTable(NativeHandle handle, TableInfo info) {
        JsonNode json = info.json();
        this.handle = handle;
        this.schema = info.schema();
        this.format = json.path("format").asText();
        this.files = json.path("files").asInt();
        this.bytes = json.path("bytes").asLong();
        this.rows = json.hasNonNull("rows") ? OptionalLong.of(json.get("rows").asLong()) : OptionalLong.empty();
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
}
