package dev.bowyer.dataset.iceberg;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.UUID;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.UUIDUtil;
import org.jspecify.annotations.Nullable;

/// Values in the forms that [dev.bowyer.dataset.lake.LakeFile] takes.
final class LakeValues {
    private LakeValues() {}

    /// @param value as Iceberg has it in memory
    static Object of(Object value) {
        return switch (value) {
            case UUID id -> UUIDUtil.convert(id);
            case ByteBuffer bytes -> copy(bytes);
            case CharSequence text -> text.toString();
            default -> value;
        };
    }

    private static byte[] copy(ByteBuffer bytes) {
        byte[] copied = new byte[bytes.remaining()];
        bytes.duplicate().get(copied);
        return copied;
    }

    /// A lower bound from the metrics of a file.
    ///
    /// @return null: there is none, or none that can be trusted
    static @Nullable Object lower(Type type, @Nullable ByteBuffer bound) {
        return bound == null ? null : bound(type, bound, false);
    }

    static @Nullable Object upper(Type type, @Nullable ByteBuffer bound) {
        return bound == null ? null : bound(type, bound, true);
    }

    /// Writers disagree on the order of UUIDs. A bound of a width that neither the type has nor one it can be
    /// promoted from is none: Iceberg would read other numbers from it.
    private static @Nullable Object bound(Type type, ByteBuffer bound, boolean upper) {
        int width = bound.remaining();
        boolean known = switch (type.typeId()) {
            case BOOLEAN -> width == 1;
            case INTEGER, DATE, FLOAT -> width == 4;
            case LONG, DOUBLE -> width == 4 || width == 8;
            case TIME, TIMESTAMP, TIMESTAMP_NANO -> width == 8;
            case STRING, BINARY -> true;
            case DECIMAL -> width > 0 && width <= 16;
            case FIXED -> width <= ((Types.FixedType) type).length();
            default -> false;
        };
        if (!known) {
            return null;
        }
        Object value;
        try {
            value = of(Conversions.fromByteBuffer(type, bound));
        } catch (RuntimeException e) {
            // A text cut off within a letter.
            return null;
        }
        return switch (value) {
            case Float number -> floating(number, upper);
            case Double number -> floating(number, upper);
            case BigDecimal number -> number.precision() > ((Types.DecimalType) type).precision() ? null : number;
            case byte[] bytes when type instanceof Types.FixedType fixed -> filled(bytes, fixed.length(), upper);
            default -> value;
        };
    }

    /// A zero stands for both zeros, whichever of them the writer took to be the less.
    private static @Nullable Float floating(float number, boolean upper) {
        if (number == 0) {
            return upper ? 0.0f : -0.0f;
        }
        return Float.isNaN(number) ? null : (Float) number;
    }

    private static @Nullable Double floating(double number, boolean upper) {
        if (number == 0) {
            return upper ? 0.0 : -0.0;
        }
        return Double.isNaN(number) ? null : (Double) number;
    }

    /// A bound cut off by the writer, in the width of its column.
    private static byte[] filled(byte[] bound, int width, boolean upper) {
        byte[] filled = Arrays.copyOf(bound, width);
        Arrays.fill(filled, bound.length, width, upper ? (byte) 0xff : 0);
        return filled;
    }
}
