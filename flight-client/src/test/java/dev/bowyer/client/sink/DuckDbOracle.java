package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.ValueReader;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Struct;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** What is in a table of DuckDB, against what is in batches. */
final class DuckDbOracle {
    private static final Pattern INTERVAL = Pattern.compile("(?:(-?\\d+) years? ?)?(?:(-?\\d+) months? ?)?"
            + "(?:(-?\\d+) days? ?)?(?:(-?)(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?))?");

    private DuckDbOracle() {}

    static void assertSame(Connection connection, String from, MemorySource source) throws SQLException {
        List<String> names =
                source.schema().getFields().stream().map(Field::getName).toList();
        List<List<@Nullable String>> expected = new ArrayList<>();
        for (Batch batch : source.batches()) {
            List<ValueReader> columns = Columns.of(batch);
            for (int row = 0; row < batch.rowCount(); row++) {
                List<@Nullable String> record = new ArrayList<>();
                for (ValueReader column : columns) {
                    record.add(text(column.get(row)));
                }
                expected.add(record);
            }
        }
        List<List<@Nullable String>> actual = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM " + from)) {
            for (int i = 0; i < names.size(); i++) {
                assertThat(result.getMetaData().getColumnName(i + 1)).isEqualTo(names.get(i));
            }
            while (result.next()) {
                List<@Nullable String> record = new ArrayList<>();
                for (int i = 1; i <= names.size(); i++) {
                    record.add(text(result.getObject(i)));
                }
                actual.add(record);
            }
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            for (int c = 0; c < names.size(); c++) {
                assertThat(actual.get(i).get(c))
                        .as("row " + i + ", " + names.get(c))
                        .isEqualTo(expected.get(i).get(c));
            }
        }
    }

    static @Nullable String text(@Nullable Object value) throws SQLException {
        if (value == null) {
            return null;
        } else if (value instanceof Double || value instanceof Float) {
            return String.valueOf(((Number) value).doubleValue());
        } else if (value instanceof Number) {
            return new BigDecimal(value.toString()).stripTrailingZeros().toPlainString();
        } else if (value instanceof Timestamp time) {
            return text(time.toLocalDateTime());
        } else if (value instanceof LocalDateTime time) {
            return text(time.toInstant(ZoneOffset.UTC));
        } else if (value instanceof LocalTime time) {
            return interval(0, 0, Duration.ofNanos(time.toNanoOfDay())); // as the text that the driver has for TIME_NS
        } else if (value instanceof OffsetDateTime time) {
            return text(time.toInstant());
        } else if (value instanceof Instant instant) {
            long cut = instant.getEpochSecond() < 0 ? 999 : 0; // towards 1970
            return instant.plusNanos(cut).truncatedTo(ChronoUnit.MICROS).toString();
        } else if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        } else if (value instanceof Blob blob) {
            return text(blob.getBytes(1, (int) blob.length()));
        } else if (value instanceof Duration duration) {
            return interval(0, 0, duration);
        } else if (value instanceof Period period) {
            return interval(period.toTotalMonths(), 0, Duration.ZERO);
        } else if (value instanceof PeriodDuration all) {
            return interval(all.getPeriod().toTotalMonths(), all.get(ChronoUnit.DAYS), all.getDuration());
        } else if (value instanceof String text && INTERVAL.matcher(text).matches()) {
            return interval(text);
        }
        return nested(value);
    }

    private static String interval(long months, long days, Duration time) {
        long micros = time.getSeconds() * 1_000_000 + (time.getNano() + (time.isNegative() ? 999 : 0)) / 1000;
        return months + " months " + days + " days " + micros;
    }

    private static String interval(String text) {
        Matcher parts = INTERVAL.matcher(text);
        if (text.isEmpty() || !parts.matches()) {
            return text;
        }
        BigDecimal seconds = number(parts.group(7))
                .add(number(parts.group(6)).multiply(BigDecimal.valueOf(60)))
                .add(number(parts.group(5)).multiply(BigDecimal.valueOf(3600)));
        long micros = seconds.movePointRight(6).longValue();
        Duration time = Duration.of("-".equals(parts.group(4)) ? -micros : micros, ChronoUnit.MICROS);
        long months =
                number(parts.group(1)).longValue() * 12 + number(parts.group(2)).longValue();
        return interval(months, number(parts.group(3)).longValue(), time);
    }

    private static BigDecimal number(@Nullable String digits) {
        return digits == null ? BigDecimal.ZERO : new BigDecimal(digits);
    }

    private static String nested(Object value) throws SQLException {
        if (value instanceof Array array) {
            return nested(Arrays.asList((Object[]) array.getArray()));
        } else if (value instanceof List<?> list) {
            List<@Nullable String> items = new ArrayList<>();
            for (Object item : list) {
                items.add(text(item));
            }
            return items.toString();
        } else if (value instanceof Struct struct) {
            return nested(Arrays.asList(struct.getAttributes()));
        } else if (value instanceof Map<?, ?> map) {
            return nested(new ArrayList<>(new TreeMap<>(map).values()));
        }
        return value.toString();
    }
}
