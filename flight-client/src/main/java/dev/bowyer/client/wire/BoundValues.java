package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.jspecify.annotations.Nullable;

/**
 * Values of Java as one row of Arrow, for the parameters of a statement. Each gets the type that holds it without loss; the server
 * casts it to what the parameter wants.
 */
final class BoundValues {
    private static final int BITS_8 = 8;
    private static final int BITS_16 = 16;
    private static final int BITS_32 = 32;
    private static final int BITS_64 = 64;
    private static final int BITS_256 = 256;
    private static final int MAX_DECIMAL_DIGITS = 76;
    private static final long NANOS = 1_000_000_000L;

    private BoundValues() {}

    /**
     * @param name of the parameter, for errors
     * @param wanted what the server says of the parameter; null: nothing
     * @throws BowyerException TYPE_MISMATCH naming the parameter and the class of its value
     */
    static Field field(String name, @Nullable Object value, @Nullable Field wanted) {
        if (value instanceof Collection<?> list) {
            Object first = list.stream().filter(Objects::nonNull).findFirst().orElse(null);
            return new Field(name, FieldType.nullable(ArrowType.List.INSTANCE), List.of(field("item", first, null)));
        }
        if (value == null && wanted != null) {
            return new Field(name, new FieldType(true, wanted.getType(), null), wanted.getChildren());
        }
        ArrowType own = type(name, value);
        return Field.nullable(name, wanted == null ? own : DeclaredTypes.meet(name, own, wanted.getType()));
    }

    private static ArrowType type(String name, @Nullable Object value) {
        if (value == null) {
            return ArrowType.Null.INSTANCE;
        } else if (value instanceof Boolean) {
            return ArrowType.Bool.INSTANCE;
        } else if (value instanceof Number number) {
            return numberType(name, number);
        } else if (value instanceof byte[]) {
            return ArrowType.Binary.INSTANCE;
        } else if (value instanceof LocalDate) {
            return new ArrowType.Date(DateUnit.DAY);
        } else if (value instanceof LocalTime) {
            return new ArrowType.Time(TimeUnit.NANOSECOND, BITS_64);
        } else if (value instanceof LocalDateTime) {
            return new ArrowType.Timestamp(unit(value), null);
        } else if (value instanceof Instant || value instanceof OffsetDateTime || value instanceof ZonedDateTime) {
            return new ArrowType.Timestamp(unit(value), "UTC");
        } else if (value instanceof Duration) {
            return new ArrowType.Duration(TimeUnit.NANOSECOND);
        } else if (value instanceof CharSequence
                || value instanceof Character
                || value instanceof Enum<?>
                || value instanceof UUID) {
            return ArrowType.Utf8.INSTANCE;
        }
        throw mismatch(name, value, "has no form as a parameter");
    }

    private static ArrowType numberType(String name, Number value) {
        if (value instanceof Long) {
            return new ArrowType.Int(BITS_64, true);
        } else if (value instanceof Integer) {
            return new ArrowType.Int(BITS_32, true);
        } else if (value instanceof Short) {
            return new ArrowType.Int(BITS_16, true);
        } else if (value instanceof Byte) {
            return new ArrowType.Int(BITS_8, true);
        } else if (value instanceof Double) {
            return new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        } else if (value instanceof Float) {
            return new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
        } else if (value instanceof BigInteger integer) {
            return decimalType(name, new BigDecimal(integer));
        } else if (value instanceof BigDecimal decimal) {
            return decimalType(name, decimal);
        }
        throw mismatch(name, value, "has no form as a parameter");
    }

    private static ArrowType decimalType(String name, BigDecimal value) {
        if (Math.abs((long) value.scale()) > MAX_DECIMAL_DIGITS) {
            throw mismatch(name, value, "has a scale of " + value.scale() + " (limit: " + MAX_DECIMAL_DIGITS + ")");
        }
        int scale = Math.max(0, value.scale());
        int precision = Math.max(scale, value.precision() + Math.max(0, -value.scale()));
        if (precision > MAX_DECIMAL_DIGITS) {
            throw mismatch(name, value, "has " + precision + " digits (limit: " + MAX_DECIMAL_DIGITS + ")");
        }
        return new ArrowType.Decimal(Math.max(1, precision), scale, BITS_256);
    }

    private static BowyerException mismatch(String name, Object value, String why) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "parameter " + name + ": a value of " + value.getClass().getName() + " " + why,
                "numbers, text, booleans, byte[], the types of java.time, UUIDs, enums and lists of these can be bound");
    }

    /** Writes a value into a vector of its {@link #field}. */
    static void set(FieldVector vector, int row, @Nullable Object value) {
        if (value == null) {
            vector.setNull(row);
        } else if (vector instanceof ListVector list) {
            setList(list, row, (Collection<?>) value);
        } else if (value instanceof Number number) {
            setNumber(vector, row, number);
        } else if (vector instanceof BitVector bits) {
            bits.setSafe(row, (Boolean) value ? 1 : 0);
        } else if (vector instanceof VarCharVector text) {
            text.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
        } else if (vector instanceof VarBinaryVector binary) {
            binary.setSafe(row, (byte[]) value);
        } else {
            setTime(vector, row, value);
        }
    }

    private static void setNumber(FieldVector vector, int row, Number number) {
        try {
            if (vector instanceof BaseIntVector) {
                setInteger(vector, row, exact(number).toBigIntegerExact());
            } else if (vector instanceof Float8Vector doubles) {
                doubles.setSafe(row, number.doubleValue());
            } else if (vector instanceof Float4Vector floats) {
                floats.setSafe(row, number.floatValue());
            } else if (vector instanceof DecimalVector decimals) {
                decimals.setSafe(row, exact(number).setScale(decimals.getScale()));
            } else {
                Decimal256Vector decimals = (Decimal256Vector) vector;
                decimals.setSafe(row, exact(number).setScale(decimals.getScale()));
            }
        } catch (ArithmeticException | NumberFormatException | UnsupportedOperationException e) {
            throw doesNotFit(vector, number, e);
        }
    }

    private static void setInteger(FieldVector vector, int row, BigInteger value) {
        int bits = vector.getField().getType() instanceof ArrowType.Int type ? type.getBitWidth() : BITS_64;
        boolean signed = !(vector.getField().getType() instanceof ArrowType.Int type) || type.getIsSigned();
        boolean fits = signed ? value.bitLength() < bits : value.signum() >= 0 && value.bitLength() <= bits;
        if (!fits) {
            throw doesNotFit(vector, value, null);
        }
        ((BaseIntVector) vector).setWithPossibleTruncate(row, value.longValue());
    }

    private static BigDecimal exact(Number number) {
        if (number instanceof BigDecimal decimal) {
            return decimal;
        } else if (number instanceof BigInteger integer) {
            return new BigDecimal(integer);
        } else if (number instanceof Double || number instanceof Float) {
            return new BigDecimal(number.toString());
        }
        return BigDecimal.valueOf(number.longValue());
    }

    private static BowyerException doesNotFit(FieldVector vector, Number number, @Nullable Throwable cause) {
        return new BowyerException(
                ErrorCodes.INVALID_ARGUMENT,
                "parameter " + vector.getName() + ": " + number + " is no value of its type, "
                        + vector.getField().getType(),
                "bind one that it can hold, or CAST the parameter in the statement",
                cause);
    }

    private static void setTime(FieldVector vector, int row, Object value) {
        if (vector instanceof DateDayVector days) {
            days.setSafe(row, Math.toIntExact(((LocalDate) value).toEpochDay()));
        } else if (vector instanceof TimeNanoVector times) {
            times.setSafe(row, ((LocalTime) value).toNanoOfDay());
        } else if (vector instanceof DurationVector durations) {
            Duration duration = (Duration) value;
            durations.setSafe(row, nanos(value, duration.toSeconds(), duration.toNanosPart()));
        } else {
            Instant instant = instant(value);
            boolean isMicros = vector.getField().getType() instanceof ArrowType.Timestamp type
                    && type.getUnit() == TimeUnit.MICROSECOND;
            long count = isMicros
                    ? ChronoUnit.MICROS.between(Instant.EPOCH, instant)
                    : nanos(value, instant.getEpochSecond(), instant.getNano());
            ((TimeStampVector) vector).setSafe(row, count);
        }
    }

    /** Nanoseconds only where they are needed: they reach from 1677 to 2262. */
    private static TimeUnit unit(Object value) {
        Instant instant = instant(value);
        boolean isMicros = instant.truncatedTo(ChronoUnit.MICROS).equals(instant);
        return isMicros ? TimeUnit.MICROSECOND : TimeUnit.NANOSECOND;
    }

    private static Instant instant(Object value) {
        if (value instanceof LocalDateTime local) {
            return local.toInstant(ZoneOffset.UTC);
        } else if (value instanceof OffsetDateTime offset) {
            return offset.toInstant();
        } else if (value instanceof ZonedDateTime zoned) {
            return zoned.toInstant();
        }
        return (Instant) value;
    }

    private static long nanos(Object value, long seconds, int nanos) {
        try {
            return Math.addExact(Math.multiplyExact(seconds, NANOS), nanos);
        } catch (ArithmeticException e) {
            throw new BowyerException(
                    ErrorCodes.TYPE_MISMATCH,
                    "a parameter's value " + value + " is not within the years 1678 to 2261",
                    "bind it as text, and cast it in the statement",
                    e);
        }
    }

    private static void setList(ListVector list, int row, Collection<?> values) {
        int start = list.startNewValue(row);
        int i = start;
        FieldVector items = list.getDataVector();
        for (Object value : values) {
            try {
                set(items, i++, value);
            } catch (ClassCastException e) {
                throw new BowyerException(
                        ErrorCodes.TYPE_MISMATCH,
                        "parameter " + list.getName() + ": a list of values of several types, such as " + value,
                        "all values of a list have one type",
                        e);
            }
        }
        items.setValueCount(i);
        list.endValue(row, values.size());
    }
}
