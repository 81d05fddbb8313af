package dev.bowyer.dataset.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.mapping.MappedField;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/// Iceberg schemas as Arrow ones, with the field metadata of [LakeSchemas].
final class ArrowSchemas {
    /// Deepest nesting of types.
    static final int MAX_DEPTH = 64;
    /// Most fields of a schema, nested ones too.
    static final int MAX_FIELDS = 100_000;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MILLION = 1_000_000;
    private static final long BILLION = 1_000_000_000;

    private final @Nullable NameMapping names;
    private int fields;

    /// @param names null: the table has no name mapping
    private ArrowSchemas(@Nullable NameMapping names) {
        this.names = names;
    }

    /// @throws ServiceException UNSUPPORTED, naming the column, for a type that is not read; LIMIT_REACHED
    static Schema of(List<NestedField> columns, @Nullable NameMapping names) {
        ArrowSchemas conversion = new ArrowSchemas(names);
        List<Field> converted = new ArrayList<>();
        for (NestedField column : columns) {
            converted.add(conversion.field(column, column.name(), 1));
        }
        return new Schema(converted);
    }

    /// Of rows that are made here: without metadata, and nullable since writers leave out what they must not.
    static Schema plain(List<NestedField> columns) {
        return new Schema(of(columns, null).getFields().stream()
                .map(field -> plain(field, true))
                .toList());
    }

    private static Field plain(Field field, boolean nullable) {
        boolean map = field.getType() instanceof ArrowType.Map;
        List<Field> children = field.getChildren().stream()
                .map(child -> map ? entries(child) : plain(child, true))
                .toList();
        return new Field(field.getName(), new FieldType(nullable, field.getType(), null), children);
    }

    private static Field entries(Field field) {
        List<Field> parts = field.getChildren();
        return new Field(
                field.getName(),
                FieldType.notNullable(field.getType()),
                List.of(plain(parts.get(0), false), plain(parts.get(1), true)));
    }

    /// @param path the names down to the field, with dots
    private Field field(NestedField field, String path, int depth) {
        fields++;
        if (depth > MAX_DEPTH || fields > MAX_FIELDS) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "column \"" + path.substring(0, Math.min(path.length(), 200)) + "\": schemas have at most "
                            + MAX_FIELDS + " fields, nested " + MAX_DEPTH + " deep");
        }
        Type type = field.type();
        ArrowType arrow = arrow(type);
        if (arrow == null) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "column \"" + path + "\": values of type "
                            + type.typeId().name().toLowerCase(Locale.ROOT) + " are not read");
        }
        boolean nullable = field.isOptional() || arrow instanceof ArrowType.Null;
        FieldType made = new FieldType(nullable, arrow, null, metadata(field));
        return new Field(field.name(), made, children(type, path, depth));
    }

    private Map<String, String> metadata(NestedField field) {
        Map<String, String> metadata = new HashMap<>();
        metadata.put(LakeSchemas.FIELD_ID, Integer.toString(field.fieldId()));
        Object initial = field.initialDefault();
        if (initial != null && field.type().isPrimitiveType()) {
            metadata.put(LakeSchemas.DEFAULT, text(field.type(), initial));
        }
        if (names != null) {
            metadata.put(LakeSchemas.NAMES, json(namesOf(field, names.find(field.fieldId()))));
        }
        return metadata;
    }

    private static Set<String> namesOf(NestedField field, @Nullable MappedField mapped) {
        if (mapped == null) {
            return Set.of();
        }
        // One without names lost its name to a newer column. Older schemas still have it, and so had the files then.
        return mapped.names().isEmpty() ? Set.of(field.name()) : new TreeSet<>(mapped.names());
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private @Nullable List<Field> children(Type type, String path, int depth) {
        return switch (type.typeId()) {
            case STRUCT -> {
                List<Field> children = new ArrayList<>();
                for (NestedField child : type.asStructType().fields()) {
                    children.add(field(child, path + "." + child.name(), depth + 1));
                }
                yield children;
            }
            case LIST -> {
                NestedField element = type.asListType().fields().getFirst();
                yield List.of(field(element, path + "." + element.name(), depth + 1));
            }
            case MAP -> {
                List<NestedField> parts = type.asMapType().fields();
                Field key = field(parts.get(0), path + ".key", depth + 1);
                Field value = field(parts.get(1), path + ".value", depth + 1);
                FieldType entries = FieldType.notNullable(ArrowType.Struct.INSTANCE);
                yield List.of(new Field("entries", entries, List.of(key, value)));
            }
            default -> null;
        };
    }

    /// Null: not read.
    private static @Nullable ArrowType arrow(Type type) {
        return switch (type.typeId()) {
            case BOOLEAN -> ArrowType.Bool.INSTANCE;
            case INTEGER -> new ArrowType.Int(32, true);
            case LONG -> new ArrowType.Int(64, true);
            case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DATE -> new ArrowType.Date(DateUnit.DAY);
            case TIME -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
            case TIMESTAMP ->
                new ArrowType.Timestamp(TimeUnit.MICROSECOND, zone(((Types.TimestampType) type).shouldAdjustToUTC()));
            case TIMESTAMP_NANO ->
                new ArrowType.Timestamp(
                        TimeUnit.NANOSECOND, zone(((Types.TimestampNanoType) type).shouldAdjustToUTC()));
            case STRING -> ArrowType.Utf8.INSTANCE;
            case UUID -> new ArrowType.FixedSizeBinary(16);
            case FIXED -> new ArrowType.FixedSizeBinary(((Types.FixedType) type).length());
            case BINARY -> ArrowType.Binary.INSTANCE;
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                yield new ArrowType.Decimal(decimal.precision(), decimal.scale(), 128);
            }
            case STRUCT -> ArrowType.Struct.INSTANCE;
            case LIST -> ArrowType.List.INSTANCE;
            case MAP -> new ArrowType.Map(false);
            case UNKNOWN -> ArrowType.Null.INSTANCE;
            case VARIANT, GEOMETRY, GEOGRAPHY -> null;
        };
    }

    private static @Nullable String zone(boolean adjusted) {
        return adjusted ? "UTC" : null;
    }

    /// As a cast from text reads it.
    private static String text(Type type, Object value) {
        return switch (type.typeId()) {
            case DATE -> LocalDate.ofEpochDay((Integer) value).toString();
            case TIME -> DateTimeFormatter.ISO_LOCAL_TIME.format(LocalTime.ofNanoOfDay((Long) value * 1000));
            case TIMESTAMP ->
                moment((Long) value, MILLION) + (((Types.TimestampType) type).shouldAdjustToUTC() ? "Z" : "");
            case TIMESTAMP_NANO ->
                moment((Long) value, BILLION) + (((Types.TimestampNanoType) type).shouldAdjustToUTC() ? "Z" : "");
            case DECIMAL -> ((BigDecimal) value).toPlainString();
            case UUID, FIXED, BINARY -> HexFormat.of().formatHex((byte[]) LakeValues.of(value));
            default -> value.toString();
        };
    }

    private static String moment(long value, long unitsOfSecond) {
        long nanos = Math.floorMod(value, unitsOfSecond) * (BILLION / unitsOfSecond);
        return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
                LocalDateTime.ofEpochSecond(Math.floorDiv(value, unitsOfSecond), (int) nanos, ZoneOffset.UTC));
    }
}
