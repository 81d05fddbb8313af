package dev.bowyer.cli.output;

import dev.bowyer.client.DatasetInfo;
import dev.bowyer.config.ByteSize;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.apache.arrow.vector.types.pojo.Field;

/// What a server serves, as tables for people.
public final class DatasetTables {
    private DatasetTables() {}

    /// A line a dataset.
    public static TextTable list(List<DatasetInfo> datasets) {
        TextTable table = new TextTable(List.of("name", "rows", "size", "columns"), List.of(false, true, true, true));
        for (DatasetInfo dataset : datasets) {
            table.add(List.of(
                    dataset.name(),
                    shown(dataset.rows(), Long::toString),
                    shown(dataset.bytes(), ByteSize.Units::show),
                    Integer.toString(dataset.schema().getFields().size())));
        }
        return table;
    }

    /// A line a column.
    public static TextTable columns(DatasetInfo dataset) {
        TextTable table = new TextTable(List.of("column", "type", "null"), List.of(false, false, false));
        for (Field field : dataset.schema().getFields()) {
            table.add(List.of(field.getName(), type(field), field.isNullable() ? "yes" : "no"));
        }
        return table;
    }

    /// As Arrow writes it, with the types of nested fields.
    public static String type(Field field) {
        String type = field.getType().toString();
        return field.getChildren().isEmpty()
                ? type
                : type
                        + field.getChildren().stream()
                                .map(child -> child.getName() + ": " + type(child))
                                .toList();
    }

    private static String shown(OptionalLong value, LongFunction<String> text) {
        return value.isPresent() ? text.apply(value.getAsLong()) : "?";
    }
}
