package dev.bowyer.dataset;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.arrow.vector.types.pojo.Field;

/// What is told of datasets as JSON, by every protocol.
public final class DatasetJson {
    private DatasetJson() {}

    /// Name, format and size.
    public static ObjectNode summary(Dataset dataset) {
        Table table = dataset.table();
        ObjectNode json = named(dataset.name())
                .put("format", table.format())
                .put("files", table.files())
                .put("bytes", table.bytes());
        table.rows().ifPresent(rows -> json.put("rows", rows));
        String version = table.version();
        if (version != null) {
            json.put("version", version);
        }
        return json;
    }

    /// As [#summary], with the columns.
    public static ObjectNode described(Dataset dataset) {
        ObjectNode json = summary(dataset);
        ArrayNode columns = json.putArray("columns");
        for (Field field : dataset.table().schema().getFields()) {
            columns.addObject()
                    .put("name", field.getName())
                    .put("type", SqlTypes.name(field.getType()))
                    .put("arrow_type", field.getType().toString())
                    .put("nullable", field.isNullable());
        }
        return json;
    }

    /// All that is known of a table of a mounted catalog before its first use.
    public static ObjectNode named(DatasetName name) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("name", name.toString())
                .put("namespace", name.namespace())
                .put("table", name.table());
    }
}
