package dev.bowyer.dataset.delta;

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
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Values that a log has as text, in the types of [dev.bowyer.dataset.lake.LakeFile].
final class DeltaValues {
    private static final DateTimeFormatter MOMENT = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendLiteral('T')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalStart()
            .appendOffset("+HH:mm", "Z")
            .optionalEnd()
            .optionalEnd()
            .toFormatter(Locale.ROOT);

    private DeltaValues() {}

    /// The value of a partition column. A timestamp without a zone is one of UTC.
    ///
    /// @param text empty: NULL, as the protocol has it for every type
    /// @throws RuntimeException if it is no value of `type`
    static @Nullable Object partition(DataType type, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        return switch (type) {
            case StringType _ -> text;
            case BooleanType _ -> bool(text);
            case ByteType _ -> Byte.parseByte(text);
            case ShortType _ -> Short.parseShort(text);
            case IntegerType _ -> Integer.parseInt(text);
            case LongType _ -> Long.parseLong(text);
            case FloatType _ -> Float.parseFloat(text);
            case DoubleType _ -> Double.parseDouble(text);
            case DecimalType decimal -> decimal(text, decimal, RoundingMode.UNNECESSARY);
            case DateType _ -> LocalDate.parse(text).toEpochDay();
            case TimestampType _, TimestampNTZType _ -> micros(text);
            case BinaryType _ -> text.getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException("no type of a partition column: " + type);
        };
    }

    static boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    /// @throws ArithmeticException if it does not fit
    static BigDecimal decimal(String text, DecimalType type, RoundingMode rounding) {
        return fit(new BigDecimal(text), type, rounding);
    }

    static BigDecimal fit(BigDecimal value, DecimalType type, RoundingMode rounding) {
        BigDecimal scaled = value.setScale(type.getScale(), rounding);
        if (scaled.precision() > type.getPrecision()) {
            throw new ArithmeticException(value + " does not fit " + type);
        }
        return scaled;
    }

    /// Microseconds since 1970, rounded down.
    static long micros(String text) {
        TemporalAccessor parsed =
                MOMENT.parseBest(text.replace(' ', 'T'), OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
        Instant instant = switch (parsed) {
            case OffsetDateTime exact -> exact.toInstant();
            case LocalDateTime local -> local.toInstant(ZoneOffset.UTC);
            case LocalDate day -> day.atStartOfDay().toInstant(ZoneOffset.UTC);
            default -> throw new IllegalArgumentException(text);
        };
        return Math.addExact(
                Math.multiplyExact(instant.getEpochSecond(), 1_000_000L),
                instant.get(java.time.temporal.ChronoField.MICRO_OF_SECOND));
    }

    /// The day and time of milliseconds since 1970, for messages.
    static String moment(long millis) {
        return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
