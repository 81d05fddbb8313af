package dev.bowyer.clients.servers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Row;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.arrow.vector.PeriodDuration;
import org.jspecify.annotations.Nullable;

/** Values in the form of {@code canonical.py}. */
final class Canonical {
    private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000);

    private Canonical() {}

    static List<List<@Nullable Object>> rows(ArrowFrame frame) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (Row row : frame) {
            List<@Nullable Object> cells = new ArrayList<>();
            for (int column = 0; column < frame.columnCount(); column++) {
                cells.add(cell(row.get(column)));
            }
            rows.add(cells);
        }
        return rows;
    }

    static @Nullable Object cell(@Nullable Object value) {
        if (value == null || value instanceof Boolean || value instanceof String) {
            return value;
        } else if (value instanceof Float || value instanceof Double) {
            double number = ((Number) value).doubleValue();
            return HexFormat.of().toHexDigits(Double.doubleToRawLongBits(number));
        } else if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        } else if (value instanceof Number) {
            return value.toString();
        } else if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        } else if (value instanceof UUID uuid) {
            return HexFormat.of()
                    .formatHex(ByteBuffer.allocate(16)
                            .putLong(uuid.getMostSignificantBits())
                            .putLong(uuid.getLeastSignificantBits())
                            .array());
        } else if (value instanceof List<?> list) {
            return cells(list);
        } else if (value instanceof Map<?, ?> pairs) {
            List<@Nullable Object> cells = new ArrayList<>();
            pairs.forEach((name, item) -> cells.add(cells(Arrays.asList(name, item))));
            return cells;
        }
        return time(value);
    }

    private static Object time(Object value) {
        if (value instanceof LocalDate date) {
            return Long.toString(date.toEpochDay());
        } else if (value instanceof LocalTime time) {
            return Long.toString(time.toNanoOfDay());
        } else if (value instanceof LocalDateTime moment) {
            return time(moment.toInstant(ZoneOffset.UTC));
        } else if (value instanceof Instant instant) {
            return nanos(instant.getEpochSecond(), instant.getNano());
        } else if (value instanceof Duration duration) {
            return nanos(duration.toSeconds(), duration.toNanosPart());
        } else if (value instanceof PeriodDuration interval) {
            return List.of(
                    Long.toString(interval.getPeriod().toTotalMonths()),
                    Long.toString(interval.getPeriod().get(ChronoUnit.DAYS)),
                    Long.toString(interval.getDuration().toNanos()));
        }
        throw new IllegalArgumentException("no form for a " + value.getClass());
    }

    private static String nanos(long seconds, int nano) {
        return BigInteger.valueOf(seconds)
                .multiply(NANOS)
                .add(BigInteger.valueOf(nano))
                .toString();
    }

    private static List<@Nullable Object> cells(List<?> values) {
        List<@Nullable Object> cells = new ArrayList<>();
        values.forEach(value -> cells.add(cell(value)));
        return cells;
    }

    /** The same of JSON. */
    static List<@Nullable Object> list(JsonNode array) {
        List<@Nullable Object> values = new ArrayList<>();
        for (JsonNode value : array) {
            values.add(
                    value.isArray()
                            ? list(value)
                            : value.isBoolean() ? (Object) value.booleanValue() : value.textValue());
        }
        return values;
    }
}
