package dev.bowyer.dataset.delta;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.dataset.delta.log.JsonValues;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DateType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.TimestampNTZType;
import io.delta.kernel.types.TimestampType;
import java.io.IOException;
import java.util.Set;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/// Primitive types of Delta as Arrow types.
final class DeltaTypes {
    private static final int DECIMAL_BITS = 128;
    private static final Set<String> NAMES = Set.of(
            "string",
            "long",
            "integer",
            "short",
            "byte",
            "float",
            "double",
            "boolean",
            "binary",
            "date",
            "timestamp",
            "timestamp_ntz");

    private DeltaTypes() {}

    /// @param column its path, for the message
    /// @throws ServiceException UNSUPPORTED
    static ArrowType arrow(DataType type, String column) {
        return switch (type) {
            case BooleanType _ -> ArrowType.Bool.INSTANCE;
            case ByteType _ -> new ArrowType.Int(8, true);
            case ShortType _ -> new ArrowType.Int(16, true);
            case IntegerType _ -> new ArrowType.Int(32, true);
            case LongType _ -> new ArrowType.Int(64, true);
            case FloatType _ -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case DoubleType _ -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DecimalType decimal -> new ArrowType.Decimal(decimal.getPrecision(), decimal.getScale(), DECIMAL_BITS);
            case StringType _ -> ArrowType.Utf8.INSTANCE;
            case BinaryType _ -> ArrowType.Binary.INSTANCE;
            case DateType _ -> new ArrowType.Date(DateUnit.DAY);
            case TimestampType _ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
            case TimestampNTZType _ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
            default -> throw unsupported(column, type.toString(), null);
        };
    }

    /// Why the kernel does not parse `schema`.
    static ServiceException refused(String schema, RuntimeException cause) {
        try {
            ServiceException found = unknown(JsonValues.MAPPER.readTree(schema), "", cause);
            if (found != null) {
                return found;
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        return new ServiceException(
                ErrorCode.SOURCE_INVALID, "the schema in the Delta log is damaged: " + reason(cause), null, cause);
    }

    private static String reason(Throwable cause) {
        Throwable deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return String.valueOf(deepest.getMessage()).lines().findFirst().orElse("");
    }

    private static @Nullable ServiceException unknown(JsonNode type, String column, RuntimeException cause) {
        if (type.isTextual()) {
            String name = type.textValue();
            boolean known = NAMES.contains(name) || name.startsWith("decimal");
            return known ? null : unsupported(column, name, cause);
        }
        for (JsonNode field : type.path("fields")) {
            String path =
                    (column.isEmpty() ? "" : column + ".") + field.path("name").asText();
            ServiceException found = unknown(field.path("type"), path, cause);
            if (found != null) {
                return found;
            }
        }
        for (String part : new String[] {"elementType", "keyType", "valueType"}) {
            ServiceException found = type.has(part) ? unknown(type.get(part), column, cause) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private static ServiceException unsupported(String column, String type, @Nullable Throwable cause) {
        return new ServiceException(
                ErrorCode.UNSUPPORTED,
                "column \"" + column + "\" is of the Delta type " + type + ", which is not read",
                null,
                cause);
    }
}
