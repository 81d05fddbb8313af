package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.Table;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;

/// Rows about a version of a lake table.
///
/// @param opened the rows
/// @param version what they are about
record MetadataTable(Table opened, String version) implements Table {
    @Override
    public Schema schema() {
        return opened.schema();
    }

    @Override
    public String format() {
        return opened.format();
    }

    @Override
    public int files() {
        return 0;
    }

    @Override
    public long bytes() {
        return opened.bytes();
    }

    @Override
    public OptionalLong rows() {
        return opened.rows();
    }
}
