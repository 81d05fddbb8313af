package dev.bowyer.cli.output;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A parameter's value as it is typed: `NAME=VALUE` or `NAME:TYPE=VALUE`.
///
/// @param value Long, Double, BigDecimal, Boolean, LocalDate, LocalDateTime, Instant or String
public record TypedValue(String name, @Nullable Object value) {
    /// The types' names, for people.
    public static final String TYPES = "text, int, double, decimal, bool, date, timestamp";

    private static final Pattern ARGUMENT =
            Pattern.compile("\\$?([A-Za-z_][A-Za-z0-9_]*|[0-9]+)(?::([A-Za-z]*))?=(.*)", Pattern.DOTALL);
    /// Most digits after the point of a decimal, or zeros before it: a few characters may stand for gigabytes.
    private static final int MAX_SCALE = 1_000;

    // Digits that begin with a zero are text: postal codes, account numbers.
    private static final Pattern INTEGER = Pattern.compile("[+-]?(?:0|[1-9][0-9]*)");
    private static final Pattern FRACTION =
            Pattern.compile("[+-]?(?:(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?");
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
    private static final Pattern TIMESTAMP = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:.*");

    /// @throws ServiceException INVALID_ARGUMENT, with the text and what is expected
    public static TypedValue parse(String text) {
        Matcher argument = ARGUMENT.matcher(text);
        if (!argument.matches()) {
            throw invalid(text, "NAME=VALUE or NAME:TYPE=VALUE");
        }
        String type = argument.group(2);
        String value = argument.group(3);
        try {
            return new TypedValue(argument.group(1), type == null ? guessed(value) : typed(text, type, value));
        } catch (NumberFormatException | DateTimeException e) {
            throw invalid(text, "a value of the type " + (type == null ? "that it looks like" : type));
        }
    }

    private static @Nullable Object guessed(String value) {
        if (value.equals("null")) {
            return null;
        } else if (value.equals("true") || value.equals("false")) {
            return Boolean.valueOf(value);
        } else if (INTEGER.matcher(value).matches()) {
            return integer(value);
        } else if (FRACTION.matcher(value).matches()) {
            return Double.valueOf(value);
        } else if (DATE.matcher(value).matches()) {
            return LocalDate.parse(value);
        } else if (TIMESTAMP.matcher(value).matches()) {
            return timestamp(value);
        }
        return value;
    }

    /// Beyond 64 bits, a decimal.
    private static Object integer(String value) {
        BigDecimal exact = new BigDecimal(value);
        return exact.toBigInteger().bitLength() < Long.SIZE ? exact.longValueExact() : exact;
    }

    private static Object typed(String text, String type, String value) {
        return switch (type) {
            case "text" -> value;
            case "int" -> Long.valueOf(value);
            case "double" -> Double.valueOf(value);
            case "decimal" -> decimal(text, value);
            case "bool" -> {
                if (!value.equals("true") && !value.equals("false")) {
                    throw invalid(text, "true or false");
                }
                yield Boolean.valueOf(value);
            }
            case "date" -> LocalDate.parse(value);
            case "timestamp" -> timestamp(value);
            default -> throw invalid(text, "one of the types " + TYPES);
        };
    }

    private static BigDecimal decimal(String text, String value) {
        BigDecimal decimal = new BigDecimal(value);
        if (decimal.scale() > MAX_SCALE || decimal.scale() < -MAX_SCALE) {
            throw invalid(text, "a decimal whose exponent is from -" + MAX_SCALE + " to " + MAX_SCALE);
        }
        return decimal;
    }

    /// An instant if there is an offset from UTC.
    private static Object timestamp(String value) {
        if (value.matches(".*T.*(?:Z|[+-][0-9]{2}:?[0-9]{0,2})")) {
            Instant instant = OffsetDateTime.parse(value).toInstant();
            return instant;
        }
        return LocalDateTime.parse(value);
    }

    private static ServiceException invalid(String text, String expected) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, text + " (expected: " + expected + ")", "for example day:date=2026-01-31");
    }
}
