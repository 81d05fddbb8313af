package dev.bowyer.flight.metadata;

import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.sql.FlightSqlColumnMetadata;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// The schema of a dataset as GetTables reports it: each column also tells, under the `ARROW:FLIGHT:SQL:`
/// keys, where it belongs and how SQL names its type. JDBC takes column sizes and type names from there.
final class ColumnMetadata {
    private ColumnMetadata() {}

    static Schema describe(Dataset dataset) {
        Schema schema = dataset.table().schema();
        List<Field> fields = schema.getFields().stream()
                .map(field -> describe(dataset.name(), field))
                .toList();
        return new Schema(fields, schema.getCustomMetadata());
    }

    private static Field describe(DatasetName name, Field field) {
        ArrowType type = field.getType();
        FlightSqlColumnMetadata.Builder column = new FlightSqlColumnMetadata.Builder()
                .catalogName(DatasetName.CATALOG)
                .schemaName(name.namespace())
                .tableName(name.table())
                .typeName(typeName(type))
                .isAutoIncrement(false)
                .isCaseSensitive(type instanceof ArrowType.Utf8 || type instanceof ArrowType.LargeUtf8)
                .isReadOnly(true)
                .isSearchable(true);
        if (type instanceof ArrowType.Decimal decimal) {
            column.precision(decimal.getPrecision()).scale(decimal.getScale());
        }
        Map<String, String> metadata = new HashMap<>(field.getMetadata());
        metadata.putAll(column.build().getMetadataMap());
        return new Field(
                field.getName(),
                new FieldType(field.isNullable(), type, field.getDictionary(), metadata),
                field.getChildren());
    }

    /// The name in SQL, which `CAST` takes; the Arrow name for what SQL has no name for.
    static String typeName(ArrowType type) {
        return switch (type) {
            case ArrowType.Bool _ -> "BOOLEAN";
            case ArrowType.Int number -> integerName(number);
            case ArrowType.FloatingPoint number ->
                switch (number.getPrecision()) {
                    case HALF, SINGLE -> "REAL";
                    case DOUBLE -> "DOUBLE";
                };
            case ArrowType.Decimal _ -> "DECIMAL";
            case ArrowType.Utf8 _, ArrowType.LargeUtf8 _, ArrowType.Utf8View _ -> "VARCHAR";
            case ArrowType.Binary _, ArrowType.LargeBinary _, ArrowType.BinaryView _, ArrowType.FixedSizeBinary _ ->
                "VARBINARY";
            case ArrowType.Date _ -> "DATE";
            case ArrowType.Time _ -> "TIME";
            case ArrowType.Timestamp timestamp ->
                timestamp.getTimezone() == null ? "TIMESTAMP" : "TIMESTAMP WITH TIME ZONE";
            case ArrowType.Interval _ -> "INTERVAL";
            case ArrowType.List _, ArrowType.LargeList _, ArrowType.FixedSizeList _ -> "ARRAY";
            case ArrowType.Struct _ -> "STRUCT";
            case ArrowType.Map _ -> "MAP";
            default -> type.getTypeID().name();
        };
    }

    private static String integerName(ArrowType.Int number) {
        String name = switch (number.getBitWidth()) {
            case 8 -> "TINYINT";
            case 16 -> "SMALLINT";
            case 32 -> "INTEGER";
            default -> "BIGINT";
        };
        return number.getIsSigned() ? name : name + " UNSIGNED";
    }
}
