package dev.bowyer.client.sink;

import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.value.FieldTypes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.arrow.vector.types.pojo.Field;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Tables of Tablesaw. Apart from {@link TablesawSink} because Java cannot load this class without the library. */
final class TablesawTables {
    private TablesawTables() {}

    static Table of(BatchStream stream) {
        List<Field> fields = stream.schema().getFields();
        ArrayColumns columns = ArrayColumns.read(stream);
        List<Column<?>> table = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            String name = field.getName();
            while (!names.add(name.toLowerCase(Locale.ROOT))) {
                name += "_";
            }
            table.add(new TablesawColumn(field.getName(), name).of(FieldTypes.javaType(field), columns.take(i)));
        }
        return Table.create(table.toArray(new Column<?>[0]));
    }
}
