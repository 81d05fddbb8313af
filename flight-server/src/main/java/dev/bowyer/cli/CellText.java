package dev.bowyer.cli;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// One value as people read it. Dates and times in ISO 8601, bytes in hexadecimal, decimals without an exponent.
final class CellText {
    private CellText() {}

    static String of(FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return "NULL";
        }
        if (vector instanceof DateDayVector days) {
            return LocalDate.ofEpochDay(days.get(row)).toString();
        }
        if (vector instanceof TimeStampVector times
                && times.getField().getType() instanceof ArrowType.Timestamp type
                && type.getTimezone() != null) {
            return Instant.EPOCH.plus(times.get(row), unit(type.getUnit())).toString();
        }
        Object value = vector.getObject(row);
        if (value instanceof LocalDateTime time && vector.getField().getType() instanceof ArrowType.Time) {
            return time.toLocalTime().toString();
        }
        if (value instanceof Number time && vector.getField().getType() instanceof ArrowType.Time type) {
            long nanos = time.longValue() * unit(type.getUnit()).getDuration().toNanos();
            return LocalTime.ofNanoOfDay(nanos).toString();
        }
        return switch (value) {
            case null -> "NULL";
            case byte[] bytes -> "0x" + HexFormat.of().formatHex(bytes);
            case BigDecimal decimal -> decimal.toPlainString();
            default -> value.toString();
        };
    }

    static boolean isNumber(ArrowType type) {
        return type instanceof ArrowType.Int
                || type instanceof ArrowType.FloatingPoint
                || type instanceof ArrowType.Decimal;
    }

    private static ChronoUnit unit(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> ChronoUnit.SECONDS;
            case MILLISECOND -> ChronoUnit.MILLIS;
            case MICROSECOND -> ChronoUnit.MICROS;
            case NANOSECOND -> ChronoUnit.NANOS;
        };
    }
}
