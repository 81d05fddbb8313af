package dev.bowyer.dataset.iceberg;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// The least and the greatest value that a column can have in a partition.
///
/// @param min null: not known
/// @param max null: not known
record PartitionBounds(@Nullable Object min, @Nullable Object max) {
    static final PartitionBounds UNKNOWN = new PartitionBounds(null, null);

    private static final long MICROS_OF_HOUR = 3_600_000_000L;
    private static final long HOURS_OF_DAY = 24;

    /// @param type of the column
    /// @param value of the partition, not null
    static PartitionBounds of(PartitionTransform transform, Type type, Object value) {
        try {
            return switch (transform.kind()) {
                case YEAR ->
                    dates(type, LocalDate.EPOCH.plusYears(first(value)), LocalDate.EPOCH.plusYears(next(value)));
                case MONTH ->
                    dates(type, LocalDate.EPOCH.plusMonths(first(value)), LocalDate.EPOCH.plusMonths(next(value)));
                case DAY ->
                    type.typeId() == Type.TypeID.DATE
                            ? new PartitionBounds(value, value)
                            : hours(type, first(value) * HOURS_OF_DAY, next(value) * HOURS_OF_DAY);
                case HOUR -> hours(type, first(value), next(value));
                case TRUNCATE -> truncated(type, value, transform.parameter());
                case IDENTITY, BUCKET, OTHER -> UNKNOWN;
            };
        } catch (ArithmeticException | DateTimeException e) {
            // Beyond what the type can hold.
            return UNKNOWN;
        }
    }

    /// Old writers rounded times before 1970 up to the next partition instead of down.
    private static long first(Object value) {
        long partition = ((Number) value).longValue();
        return partition <= 0 ? partition - 1 : partition;
    }

    private static long next(Object value) {
        return ((Number) value).longValue() + 1;
    }

    /// @param end exclusive
    private static PartitionBounds dates(Type type, LocalDate start, LocalDate end) {
        return type.typeId() == Type.TypeID.DATE
                ? new PartitionBounds(Math.toIntExact(start.toEpochDay()), Math.toIntExact(end.toEpochDay() - 1))
                : hours(type, start.toEpochDay() * HOURS_OF_DAY, end.toEpochDay() * HOURS_OF_DAY);
    }

    /// @param end exclusive
    private static PartitionBounds hours(Type type, long start, long end) {
        long unit = switch (type.typeId()) {
            case TIMESTAMP -> MICROS_OF_HOUR;
            case TIMESTAMP_NANO -> MICROS_OF_HOUR * 1000;
            default -> 0;
        };
        return unit == 0
                ? UNKNOWN
                : new PartitionBounds(Math.multiplyExact(start, unit), Math.multiplyExact(end, unit) - 1);
    }

    private static PartitionBounds truncated(Type type, Object value, int width) {
        return switch (type.typeId()) {
            case INTEGER -> integers(((Number) value).longValue(), width, Integer.MAX_VALUE);
            case LONG -> integers(((Number) value).longValue(), width, Long.MAX_VALUE);
            case DECIMAL -> truncated((BigDecimal) value, width, ((Types.DecimalType) type).precision());
            case STRING -> {
                String start = value.toString();
                boolean whole = start.codePointCount(0, start.length()) < width;
                yield new PartitionBounds(start, whole ? start : after(start));
            }
            default -> UNKNOWN;
        };
    }

    /// The least numbers of a type are rounded down to what wraps around to its greatest.
    private static PartitionBounds integers(long start, int width, long greatest) {
        boolean wrapped = start > greatest - width;
        // A column of longs may have been one of integers when the partition was written.
        boolean wrappedInteger = start > Integer.MAX_VALUE - (long) width && start <= Integer.MAX_VALUE;
        if (wrapped || wrappedInteger) {
            return UNKNOWN;
        }
        long end = start + width - 1;
        return greatest == Integer.MAX_VALUE
                ? new PartitionBounds((int) start, (int) end)
                : new PartitionBounds(start, end);
    }

    private static PartitionBounds truncated(BigDecimal start, int width, int precision) {
        BigDecimal end = new BigDecimal(start.unscaledValue().add(BigInteger.valueOf(width - 1L)), start.scale());
        return new PartitionBounds(
                start.precision() > precision ? null : start, end.precision() > precision ? null : end);
    }

    /// A text that none which begins with `prefix` reaches; null: there is none.
    private static @Nullable String after(String prefix) {
        int end = prefix.length();
        while (end > 0) {
            int last = prefix.codePointBefore(end);
            int start = end - Character.charCount(last);
            if (last < Character.MAX_CODE_POINT) {
                boolean beforeSurrogates = last + 1 == Character.MIN_SURROGATE;
                return prefix.substring(0, start)
                        + Character.toString(beforeSurrogates ? Character.MAX_SURROGATE + 1 : last + 1);
            }
            end = start;
        }
        return null;
    }
}
