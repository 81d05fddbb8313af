package dev.bowyer.dataset;

import java.util.Locale;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// How SQL calls the types of columns.
public final class SqlTypes {
    private SqlTypes() {}

    /// The name in SQL, which `CAST` takes; the Arrow name for what SQL has no name for.
    public static String name(ArrowType type) {
        return switch (type) {
            case ArrowType.ExtensionType extension -> name(extension.storageType());
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
            case ArrowType.List _,
                    ArrowType.LargeList _,
                    ArrowType.ListView _,
                    ArrowType.LargeListView _,
                    ArrowType.FixedSizeList _ -> "ARRAY";
            case ArrowType.Struct _ -> "STRUCT";
            case ArrowType.Map _ -> "MAP";
            default -> type.getTypeID().name().toUpperCase(Locale.ROOT);
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
