package dev.bowyer.http.sql;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Limits and timeouts as requests write them.
final class WrittenValues {
    private static final Pattern TIMEOUT = Pattern.compile("([0-9]{1,9})(\\.[0-9]{1,3})?\\s*(ms|s|m|h)?");
    private static final Pattern ROWS = Pattern.compile("[0-9]{1,18}");
    private static final long MILLIS = 1_000;
    private static final long MINUTE = 60;
    private static final long HOUR = 3_600;

    private WrittenValues() {}

    /// Seconds, or a number with a unit.
    ///
    /// @throws ServiceException INVALID_ARGUMENT
    static Duration timeout(String text) {
        Matcher written = TIMEOUT.matcher(text.strip());
        if (!written.matches()) {
            throw invalid(text);
        }
        String fraction = written.group(2) == null ? "" : written.group(2);
        double number = Double.parseDouble(written.group(1) + fraction);
        double seconds = switch (written.group(3)) {
            case "ms" -> number / MILLIS;
            case "m" -> number * MINUTE;
            case "h" -> number * HOUR;
            case null, default -> number;
        };
        Duration timeout = Duration.ofMillis(Math.round(seconds * MILLIS));
        if (timeout.isZero()) {
            throw invalid(text);
        }
        return timeout;
    }

    /// @throws ServiceException INVALID_ARGUMENT
    static Long rows(String text) {
        if (!ROWS.matcher(text).matches()) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "limit: \"" + text + "\" (expected: a number of rows, 0 or more)");
        }
        return Long.parseLong(text);
    }

    static ServiceException invalid(String timeout) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                "timeout: " + timeout + " (expected: seconds, or a number with ms, s, m or h)",
                "for example \"30s\"");
    }
}
