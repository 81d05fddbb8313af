package dev.bowyer.client.lazy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Java values as parameters, with the types that the statement names for them. */
final class Literals {
    private Literals() {}

    static Node of(Object value) {
        Node number = value instanceof Number n ? number(n) : null;
        if (number != null) {
            return number;
        }
        Node time = time(value);
        if (time != null) {
            return time;
        }
        if (value instanceof String || value instanceof Character || value instanceof UUID) {
            Names.checkUnicode(value.toString());
            return new Node.Literal(value.toString(), SqlType.VARCHAR);
        }
        if (value instanceof Boolean) {
            return new Node.Literal(value, SqlType.BOOLEAN);
        }
        if (value instanceof byte[] bytes) {
            return new Node.Literal(bytes.clone(), SqlType.BINARY);
        }
        throw Invalid.argument(
                "a value of " + value.getClass().getName() + " is none of SQL: " + Invalid.shown(value),
                "use a text, number, boolean, byte[], java.time date or time, or UUID");
    }

    /** Whole numbers are BIGINT, as literals of SQL are: arithmetic of narrower types may overflow without a word. */
    private static Node number(Number value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return new Node.Literal(value.longValue(), SqlType.BIGINT);
        }
        if (value instanceof Double || value instanceof Float) {
            return new Node.Literal(value.doubleValue(), SqlType.DOUBLE);
        }
        if (value instanceof BigInteger whole) {
            return decimal(new BigDecimal(whole));
        }
        if (value instanceof BigDecimal decimal) {
            return decimal(decimal);
        }
        throw Invalid.argument(
                "a number of " + value.getClass().getName() + " is none of SQL: " + Invalid.shown(value),
                "convert it to long, double or BigDecimal");
    }

    private static Node decimal(BigDecimal value) {
        if (value.precision() > SqlType.MAX_DECIMAL_DIGITS
                || value.scale() > SqlType.MAX_DECIMAL_DIGITS
                || value.scale() < -SqlType.MAX_DECIMAL_DIGITS) {
            throw tooLong(value);
        }
        BigDecimal plain = value.scale() < 0 ? value.setScale(0) : value;
        int precision = Math.max(plain.precision(), Math.max(plain.scale(), 1));
        if (precision > SqlType.MAX_DECIMAL_DIGITS) {
            throw tooLong(value);
        }
        return new Node.Literal(plain, SqlType.decimal(precision, plain.scale()));
    }

    private static RuntimeException tooLong(BigDecimal value) {
        return Invalid.argument(
                "the number " + Invalid.shown(value) + " has more than " + SqlType.MAX_DECIMAL_DIGITS + " digits",
                "round it, or use a double");
    }

    private static @Nullable Node time(Object value) {
        if (value instanceof LocalDate) {
            return new Node.Literal(value, SqlType.DATE);
        }
        if (value instanceof LocalTime) {
            return new Node.Literal(value, SqlType.TIME);
        }
        if (value instanceof LocalDateTime time) {
            boolean micros = time.equals(time.truncatedTo(ChronoUnit.MICROS));
            return new Node.Literal(time, micros ? SqlType.TIMESTAMP : SqlType.TIMESTAMP_NANOS);
        }
        Instant moment = value instanceof Instant instant
                ? instant
                : value instanceof OffsetDateTime offset
                        ? offset.toInstant()
                        : value instanceof ZonedDateTime zoned ? zoned.toInstant() : null;
        if (moment == null) {
            return null;
        }
        boolean micros = moment.equals(moment.truncatedTo(ChronoUnit.MICROS));
        return new Node.Literal(moment, micros ? SqlType.TIMESTAMP_TZ : SqlType.TIMESTAMP_TZ_NANOS);
    }

    static String checkedText(String text) {
        Names.checkUnicode(text);
        return text;
    }

    /** Servers differ in what a backslash is before other characters. */
    static String checkedPattern(String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            if (pattern.charAt(i) == '\\') {
                i++;
                if (i == pattern.length() || "%_\\".indexOf(pattern.charAt(i)) < 0) {
                    throw Invalid.argument(
                            "the pattern " + Invalid.shown(pattern) + " has a backslash before what needs none",
                            "put a backslash before %, _ and backslash only; a backslash itself is two");
                }
            }
        }
        return checkedText(pattern);
    }
}
