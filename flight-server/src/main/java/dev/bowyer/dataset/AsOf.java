package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;

/// Which version of a table with a history.
public sealed interface AsOf {
    /// Longest text of one, in UTF-16 code units.
    int MAX_LENGTH = 255;

    /// Of an Iceberg snapshot, or the number of a Delta version.
    record Version(long id) implements AsOf {
        @Override
        public String toString() {
            return Long.toString(id);
        }
    }

    /// The version that was the current one then.
    record Moment(Instant at) implements AsOf {
        @Override
        public String toString() {
            return at.toString();
        }
    }

    /// An Iceberg branch or tag.
    record Ref(String name) implements AsOf {
        @Override
        public String toString() {
            return name;
        }
    }

    /// Digits are a version; a date, or a date and a time (UTC where it names no zone), is a moment; all else
    /// is the name of a branch or tag.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for an empty text, one over [#MAX_LENGTH], a number that is
    ///     too large and a date that does not exist
    static AsOf parse(String text) {
        if (text.isBlank() || text.length() > MAX_LENGTH) {
            throw invalid(text, "an id, a moment, a branch or a tag of at most " + MAX_LENGTH + " characters");
        }
        if (text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            try {
                return new Version(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw invalid(text, "an id up to " + Long.MAX_VALUE);
            }
        }
        if (text.matches("\\d{4}-\\d{2}-\\d{2}([T ].*)?")) {
            try {
                return new Moment(moment(text));
            } catch (DateTimeException e) {
                throw invalid(text, "a moment such as 2026-01-31T12:00:00Z");
            }
        }
        return new Ref(text);
    }

    private static Instant moment(String text) {
        TemporalAccessor parsed = Formats.MOMENT.parseBest(
                text.replace(' ', 'T'), OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
        return switch (parsed) {
            case OffsetDateTime exact -> exact.toInstant();
            case LocalDateTime local -> local.toInstant(ZoneOffset.UTC);
            case LocalDate day -> day.atStartOfDay(ZoneOffset.UTC).toInstant();
            default -> throw new DateTimeException(text);
        };
    }

    private static ServiceException invalid(String text, String expected) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, "version: \"" + text + "\" (expected: " + expected + ")");
    }

    /// Of the texts of moments.
    final class Formats {
        private static final DateTimeFormatter MOMENT = new DateTimeFormatterBuilder()
                .append(DateTimeFormatter.ISO_LOCAL_DATE)
                .optionalStart()
                .appendLiteral('T')
                .append(DateTimeFormatter.ISO_LOCAL_TIME)
                .optionalStart()
                .appendOffset("+HH:mm", "Z")
                .optionalEnd()
                .optionalEnd()
                .toFormatter(Locale.ROOT)
                .withResolverStyle(ResolverStyle.STRICT);

        private Formats() {}
    }
}
