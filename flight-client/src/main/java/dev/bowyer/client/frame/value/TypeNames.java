package dev.bowyer.client.frame.value;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Arrow's types by the names of its specification. */
final class TypeNames {
    private TypeNames() {}

    static String of(Field field) {
        ArrowType type = field.getType();
        if (type instanceof ArrowType.ExtensionType extension) {
            return extension.extensionName();
        }
        if (FieldTypes.isUuid(field)) {
            return "arrow.uuid";
        }
        return switch (type.getTypeID()) {
            case Null, NONE -> "null";
            case Bool -> "bool";
            case Int -> (((ArrowType.Int) type).getIsSigned() ? "int" : "uint") + ((ArrowType.Int) type).getBitWidth();
            case FloatingPoint ->
                switch (((ArrowType.FloatingPoint) type).getPrecision()) {
                    case HALF -> "float16";
                    case SINGLE -> "float32";
                    case DOUBLE -> "float64";
                };
            case Decimal ->
                "decimal(" + ((ArrowType.Decimal) type).getPrecision() + ", " + ((ArrowType.Decimal) type).getScale()
                        + ")";
            case Utf8 -> "utf8";
            case LargeUtf8 -> "large_utf8";
            case Utf8View -> "utf8_view";
            case Binary -> "binary";
            case LargeBinary -> "large_binary";
            case BinaryView -> "binary_view";
            case FixedSizeBinary -> "fixed_size_binary(" + ((ArrowType.FixedSizeBinary) type).getByteWidth() + ")";
            case Date, Time, Timestamp, Duration, Interval -> ofTime(type);
            case List -> "list" + elements(field);
            case LargeList -> "large_list" + elements(field);
            case FixedSizeList ->
                "fixed_size_list" + elements(field) + "(" + ((ArrowType.FixedSizeList) type).getListSize() + ")";
            case ListView -> "list_view" + elements(field);
            case LargeListView -> "large_list_view" + elements(field);
            case Map ->
                "map"
                        + (field.getChildren().isEmpty()
                                ? ""
                                : elements(field.getChildren().get(0)));
            case Struct -> "struct" + named(field.getChildren());
            case Union ->
                ((ArrowType.Union) type).getMode().name().toLowerCase(Locale.ROOT) + "_union"
                        + named(field.getChildren());
            case RunEndEncoded ->
                "run_end_encoded<"
                        + FieldTypes.describe(
                                field.getChildren().get(field.getChildren().size() - 1)) + ">";
        };
    }

    private static String ofTime(ArrowType type) {
        if (type instanceof ArrowType.Date date) {
            return switch (date.getUnit()) {
                case DAY -> "date32";
                case MILLISECOND -> "date64";
            };
        }
        if (type instanceof ArrowType.Time time) {
            return "time" + time.getBitWidth() + "(" + unit(time.getUnit()) + ")";
        }
        if (type instanceof ArrowType.Timestamp timestamp) {
            String zone = FieldTypes.hasZone(timestamp) ? ", " + timestamp.getTimezone() : "";
            return "timestamp(" + unit(timestamp.getUnit()) + zone + ")";
        }
        if (type instanceof ArrowType.Duration duration) {
            return "duration(" + unit(duration.getUnit()) + ")";
        }
        return "interval(" + ((ArrowType.Interval) type).getUnit().name().toLowerCase(Locale.ROOT) + ")";
    }

    private static String unit(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> "s";
            case MILLISECOND -> "ms";
            case MICROSECOND -> "us";
            case NANOSECOND -> "ns";
        };
    }

    private static String elements(Field field) {
        return field.getChildren().stream().map(FieldTypes::describe).collect(Collectors.joining(", ", "<", ">"));
    }

    private static String named(List<Field> children) {
        return children.stream()
                .map(child -> child.getName() + ": " + FieldTypes.describe(child))
                .collect(Collectors.joining(", ", "<", ">"));
    }
}
