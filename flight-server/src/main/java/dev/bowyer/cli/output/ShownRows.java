package dev.bowyer.cli.output;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// Rows of a result as text.
///
/// @param whole whether they are all
record ShownRows(TextTable table, boolean whole) {

    /// Cancels the result once there are enough.
    ///
    /// @param limit 0: as many as a table holds
    /// @param longest places of a terminal that a cell takes; the rest is cut
    static ShownRows read(BatchStream result, long limit, int longest) {
        List<Field> fields = result.schema().getFields();
        TextTable table = new TextTable(
                fields.stream().map(Field::getName).toList(),
                fields.stream()
                        .map(field -> ShownValue.isNumber(field.getType()))
                        .toList());
        @Nullable Batch next;
        while ((next = result.next()) != null) {
            try (Batch batch = next) {
                List<ValueReader> readers = ShownValue.readers(batch);
                for (int row = 0; row < batch.rowCount(); row++) {
                    if ((limit > 0 && table.size() == limit) || table.isFull()) {
                        result.cancel();
                        return new ShownRows(table, false);
                    }
                    int at = row;
                    table.add(readers.stream()
                            .map(reader -> ShownValue.of(reader.get(at), longest))
                            .toList());
                }
            }
        }
        return new ShownRows(table, true);
    }
}
