package dev.bowyer.flight.metadata;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.SqlTypes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.sql.FlightSqlColumnMetadata;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// What columns tell about themselves under the `ARROW:FLIGHT:SQL:` keys: how SQL names their type and how
/// many digits or characters it takes, and for those of a dataset where they belong. JDBC takes column sizes
/// from there, ADBC the type names that Power BI needs.
///
/// To describe a schema again changes nothing, and equal schemas get equal descriptions. Other metadata of a
/// field stays. Keys of Flight SQL that a file brought along do not: they told the truth about another
/// server's table.
public final class ColumnMetadata {
    private static final String PREFIX = "ARROW:FLIGHT:SQL:";
    /// What people wrote about a column holds wherever it goes.
    private static final String REMARKS = PREFIX + "REMARKS";

    /// The key of Flight SQL's text. All implementations write and read `SCHEMA_NAME` in its place.
    private static final String DB_SCHEMA_NAME = PREFIX + "DB_SCHEMA_NAME";

    private static final int DATE_CHARACTERS = "2026-01-31".length();
    private static final int TIME_CHARACTERS = "23:59:59".length();
    private static final int OFFSET_CHARACTERS = "+00:00".length();

    private ColumnMetadata() {}

    /// Of a result.
    public static Schema describe(Schema schema) {
        return describe(schema, Map.of());
    }

    /// Of a dataset: all of its columns, or the schema of some.
    public static Schema describe(Schema schema, DatasetName name) {
        return describe(schema, ofDataset(name));
    }

    private static Schema describe(Schema schema, Map<String, String> place) {
        List<Field> fields =
                schema.getFields().stream().map(field -> describe(field, place)).toList();
        return new Schema(fields, schema.getCustomMetadata());
    }

    /// @param place what [#ofDataset] tells, or nothing
    static Field describe(Field field, Map<String, String> place) {
        Map<String, String> metadata = new HashMap<>(field.getMetadata());
        metadata.keySet().removeIf(key -> key.startsWith(PREFIX) && !key.equals(REMARKS));
        metadata.putAll(place);
        metadata.putAll(ofType(field.getType()));
        FieldType type = new FieldType(field.isNullable(), field.getType(), field.getDictionary(), metadata);
        return new Field(field.getName(), type, field.getChildren());
    }

    /// What every column of a dataset tells.
    static Map<String, String> ofDataset(DatasetName name) {
        Map<String, String> metadata = new HashMap<>(new FlightSqlColumnMetadata.Builder()
                .catalogName(DatasetName.CATALOG)
                .schemaName(name.namespace())
                .tableName(name.table())
                .build()
                .getMetadataMap());
        metadata.put(DB_SCHEMA_NAME, name.namespace());
        return metadata;
    }

    /// What every column of a type tells.
    static Map<String, String> ofType(ArrowType logical) {
        ArrowType type = storage(logical);
        FlightSqlColumnMetadata.Builder column = new FlightSqlColumnMetadata.Builder()
                .typeName(SqlTypes.name(type))
                .isAutoIncrement(false)
                .isCaseSensitive(isText(type))
                .isReadOnly(true)
                .isSearchable(true);
        Integer precision = precision(type);
        if (precision != null) {
            column.precision(precision);
        }
        Integer scale = scale(type);
        if (scale != null) {
            column.scale(scale);
        }
        return column.build().getMetadataMap();
    }

    /// The column size of JDBC and ODBC: decimal digits of a number, bytes of what is binary, characters of
    /// the longest text of a date or time. Null without a bound.
    private static @Nullable Integer precision(ArrowType type) {
        return switch (type) {
            case ArrowType.Bool _ -> 1;
            case ArrowType.Int number -> digits(number);
            case ArrowType.FloatingPoint number ->
                switch (number.getPrecision()) {
                    case HALF -> 3;
                    case SINGLE -> 7;
                    case DOUBLE -> 15;
                };
            case ArrowType.Decimal decimal -> decimal.getPrecision();
            case ArrowType.FixedSizeBinary binary -> binary.getByteWidth();
            case ArrowType.Date _ -> DATE_CHARACTERS;
            case ArrowType.Time time -> TIME_CHARACTERS + fraction(time.getUnit());
            case ArrowType.Timestamp timestamp ->
                DATE_CHARACTERS
                        + 1
                        + TIME_CHARACTERS
                        + fraction(timestamp.getUnit())
                        + (timestamp.getTimezone() == null ? 0 : OFFSET_CHARACTERS);
            default -> null;
        };
    }

    private static int digits(ArrowType.Int number) {
        return switch (number.getBitWidth()) {
            case 8 -> 3;
            case 16 -> 5;
            case 32 -> 10;
            default -> number.getIsSigned() ? 19 : 20;
        };
    }

    /// With the point.
    private static int fraction(TimeUnit unit) {
        return unit == TimeUnit.SECOND ? 0 : 1 + fractionDigits(unit);
    }

    private static int fractionDigits(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> 0;
            case MILLISECOND -> 3;
            case MICROSECOND -> 6;
            case NANOSECOND -> 9;
        };
    }

    /// Digits after the point, of seconds too; null where there is no such thing or no bound.
    private static @Nullable Integer scale(ArrowType type) {
        return switch (type) {
            case ArrowType.Int _ -> 0;
            case ArrowType.Decimal decimal -> decimal.getScale();
            case ArrowType.Time time -> fractionDigits(time.getUnit());
            case ArrowType.Timestamp timestamp -> fractionDigits(timestamp.getUnit());
            default -> null;
        };
    }

    private static boolean isText(ArrowType type) {
        return type instanceof ArrowType.Utf8
                || type instanceof ArrowType.LargeUtf8
                || type instanceof ArrowType.Utf8View;
    }

    private static ArrowType storage(ArrowType type) {
        return type instanceof ArrowType.ExtensionType extension ? storage(extension.storageType()) : type;
    }
}
