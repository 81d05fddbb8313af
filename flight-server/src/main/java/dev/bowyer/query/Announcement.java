package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// What a client was told when it asked for a query, and brings back to have it run, to this or another
/// replica.
///
/// @param part which of the `parts`, from 0
/// @param schemaHash of the announced columns; see [#hash]
/// @param versions of the tables that keep any: a run reads these, however far the tables have moved on
public record Announcement(
        String id,
        QueryRequest request,
        int part,
        int parts,
        String dataVersion,
        int schemaHash,
        Map<DatasetName, String> versions) {
    public Announcement {
        versions = Map.copyOf(versions);
    }

    /// The same for a call that came in by `where`.
    public Announcement from(Origin where) {
        return new Announcement(id, request.from(where), part, parts, dataVersion, schemaHash, versions);
    }

    /// Of names, types, nullability and metadata, at any depth; the same in every process.
    static int hash(Schema schema) {
        CRC32C hash = new CRC32C();
        hash.update(text(schema.getFields()).getBytes(StandardCharsets.UTF_8));
        return (int) hash.getValue();
    }

    private static String text(List<Field> fields) {
        StringBuilder text = new StringBuilder("(");
        for (Field field : fields) {
            text.append(field.getName()).append(' ').append(field.getType()).append(field.isNullable());
            text.append(field.getDictionary()).append(new TreeMap<>(field.getMetadata()));
            text.append(text(field.getChildren()));
        }
        return text.append(')').toString();
    }

    boolean announces(Schema schema) {
        return schemaHash == hash(schema);
    }

    boolean isWhole() {
        return parts <= 1;
    }
}
