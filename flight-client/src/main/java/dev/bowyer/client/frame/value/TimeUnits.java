package dev.bowyer.client.frame.value;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.apache.arrow.vector.types.TimeUnit;

/** Counts of Arrow's units of time as {@code java.time}. Those beyond its range throw DateTimeException or ArithmeticException. */
final class TimeUnits {
    private static final long MILLIS_OF_DAY = 86_400_000L;

    private TimeUnits() {}

    static long perSecond(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> 1;
            case MILLISECOND -> 1_000;
            case MICROSECOND -> 1_000_000;
            case NANOSECOND -> 1_000_000_000;
        };
    }

    static LocalDate day(long count) {
        return LocalDate.ofEpochDay(count);
    }

    static LocalDate dayOfMillis(long count) {
        return LocalDate.ofEpochDay(Math.floorDiv(count, MILLIS_OF_DAY));
    }

    static LocalTime time(long count, TimeUnit unit) {
        return LocalTime.ofNanoOfDay(Math.multiplyExact(count, 1_000_000_000L / perSecond(unit)));
    }

    static Instant instant(long count, TimeUnit unit) {
        long perSecond = perSecond(unit);
        return Instant.ofEpochSecond(Math.floorDiv(count, perSecond), nanos(count, perSecond));
    }

    static LocalDateTime dateTime(long count, TimeUnit unit) {
        long perSecond = perSecond(unit);
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(count, perSecond), (int) nanos(count, perSecond), ZoneOffset.UTC);
    }

    static Duration duration(long count, TimeUnit unit) {
        long perSecond = perSecond(unit);
        return Duration.ofSeconds(Math.floorDiv(count, perSecond), nanos(count, perSecond));
    }

    private static long nanos(long count, long perSecond) {
        return Math.floorMod(count, perSecond) * (1_000_000_000L / perSecond);
    }
}
