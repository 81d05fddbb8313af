package dev.bowyer.dataset.iceberg;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/// Writes values as Iceberg has them in memory into Arrow vectors.
final class Vectors {
    private Vectors() {}

    /// @param vector of the type that [ArrowSchemas] gives `type`
    static void set(FieldVector vector, int row, Type type, @Nullable Object value) {
        if (value == null) {
            // Grows the vector as the setters below do.
            vector.setNull(row);
            return;
        }
        switch (vector) {
            case MapVector map -> entries(map, row, type, (Map<?, ?>) value);
            case ListVector list -> elements(list, row, type, (List<?>) value);
            case StructVector struct -> members(struct, row, type, (StructLike) value);
            case NullVector nothing -> {}
            default -> set(vector, row, LakeValues.of(value));
        }
    }

    private static void set(FieldVector vector, int row, Object value) {
        switch (vector) {
            case VarCharVector texts -> texts.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
            case BigIntVector longs -> longs.setSafe(row, ((Number) value).longValue());
            case IntVector ints -> ints.setSafe(row, ((Number) value).intValue());
            case BitVector booleans -> booleans.setSafe(row, (Boolean) value ? 1 : 0);
            case Float4Vector floats -> floats.setSafe(row, ((Number) value).floatValue());
            case Float8Vector doubles -> doubles.setSafe(row, ((Number) value).doubleValue());
            case DateDayVector days -> days.setSafe(row, ((Number) value).intValue());
            case TimeMicroVector times -> times.setSafe(row, ((Number) value).longValue());
            case TimeStampVector stamps -> stamps.setSafe(row, ((Number) value).longValue());
            case DecimalVector decimals -> decimals.setSafe(row, (BigDecimal) value);
            case FixedSizeBinaryVector fixed -> fixed.setSafe(row, (byte[]) value);
            case VarBinaryVector binary -> binary.setSafe(row, (byte[]) value);
            default -> throw new IllegalArgumentException(vector.getField().toString());
        }
    }

    private static void members(StructVector vector, int row, Type type, StructLike value) {
        List<NestedField> fields = type.asStructType().fields();
        vector.setIndexDefined(row);
        List<FieldVector> children = vector.getChildrenFromFields();
        for (int i = 0; i < fields.size(); i++) {
            set(children.get(i), row, fields.get(i).type(), value.get(i, Object.class));
        }
    }

    private static void elements(ListVector vector, int row, Type type, List<?> values) {
        Type element = type.asListType().elementType();
        int start = vector.startNewValue(row);
        for (int i = 0; i < values.size(); i++) {
            set(vector.getDataVector(), start + i, element, values.get(i));
        }
        vector.endValue(row, values.size());
    }

    private static void entries(MapVector vector, int row, Type type, Map<?, ?> values) {
        int start = vector.startNewValue(row);
        StructVector entries = (StructVector) vector.getDataVector();
        List<FieldVector> parts = entries.getChildrenFromFields();
        int at = start;
        for (Map.Entry<?, ?> entry : values.entrySet()) {
            entries.setIndexDefined(at);
            set(parts.get(0), at, type.asMapType().keyType(), entry.getKey());
            set(parts.get(1), at, type.asMapType().valueType(), entry.getValue());
            at++;
        }
        vector.endValue(row, values.size());
    }
}
