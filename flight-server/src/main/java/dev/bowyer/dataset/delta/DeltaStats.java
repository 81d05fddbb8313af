package dev.bowyer.dataset.delta;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.bowyer.dataset.delta.log.JsonValues;
import dev.bowyer.dataset.lake.LakeFile.Bounds;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
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
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The statistics of one data file. They are a help, not part of the data: what cannot be understood of them
/// is as if it were not there.
final class DeltaStats {
    /// Statistics have moments truncated to the millisecond.
    private static final long TRUNCATED_MICROS = 999;
    /// Digits that survive a double: some writers round longer decimals through one.
    private static final int EXACT_DIGITS = 15;

    private final Map<String, DeltaColumn> columns;
    private final Map<Integer, Object> min = new HashMap<>();
    private final Map<Integer, Object> max = new HashMap<>();
    private final Map<Integer, Long> nulls = new HashMap<>();
    private @Nullable Long rows;

    private DeltaStats(Map<String, DeltaColumn> columns) {
        this.columns = columns;
    }

    /// @param columns by physical name
    /// @param json null: there are none
    static DeltaStats parse(Map<String, DeltaColumn> columns, @Nullable String json) {
        DeltaStats stats = new DeltaStats(columns);
        if (json == null || json.isEmpty()) {
            return stats;
        }
        try (JsonParser parser = JsonValues.MAPPER.createParser(json)) {
            stats.read(parser);
            return stats;
        } catch (IOException | RuntimeException e) {
            return new DeltaStats(columns);
        }
    }

    /// Including deleted ones; null: not known.
    @Nullable
    Long rows() {
        return rows;
    }

    /// By the index of the column.
    ///
    /// @param deletions whether rows of the file are deleted: then a count of NULLs, which may be of either
    ///     the rows left or all, says something only if none or all are NULL
    Map<Integer, Bounds> bounds(boolean deletions) {
        Map<Integer, Bounds> bounds = new HashMap<>();
        for (DeltaColumn column : columns.values()) {
            int i = column.index();
            Long count = nulls.get(i);
            if (deletions && count != null && count != 0 && !count.equals(rows)) {
                count = null;
            }
            if (min.containsKey(i) || max.containsKey(i) || count != null) {
                bounds.put(i, new Bounds(min.get(i), max.get(i), count, null));
            }
        }
        return Map.copyOf(bounds);
    }

    private void read(JsonParser json) throws IOException {
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "numRecords" -> rows = json.getLongValue();
                case "minValues" -> values(json, (column, text) -> put(min, column, low(column, text)));
                case "maxValues" -> values(json, (column, text) -> put(max, column, high(column, text)));
                case "nullCount" -> values(json, (column, text) -> nulls.put(column.index(), Long.valueOf(text)));
                default -> json.skipChildren();
            }
        }
    }

    private static void put(Map<Integer, Object> bounds, DeltaColumn column, @Nullable Object bound) {
        if (bound != null) {
            bounds.put(column.index(), bound);
        }
    }

    /// Numbers come as they are written, so that none is rounded.
    private void values(JsonParser json, BiConsumer<DeltaColumn, String> consumer) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            DeltaColumn column = columns.get(json.currentName());
            JsonToken token = json.nextToken();
            if (column == null || !token.isScalarValue()) {
                json.skipChildren();
            } else if (token != JsonToken.VALUE_NULL) {
                try {
                    consumer.accept(column, json.getText());
                } catch (RuntimeException e) {
                    // No value of this type: the bound is not known.
                }
            }
        }
    }

    private static @Nullable Object low(DeltaColumn column, String text) {
        return switch (column.type()) {
            case FloatType _ -> number(Float.parseFloat(text), -0.0f);
            case DoubleType _ -> number(Math.min(Double.parseDouble(text), asFloat(column, text)), -0.0);
            case DecimalType type -> decimal(text, type, RoundingMode.FLOOR);
            case TimestampType _, TimestampNTZType _ -> Math.subtractExact(DeltaValues.micros(text), TRUNCATED_MICROS);
            default -> exact(column, text);
        };
    }

    private static @Nullable Object high(DeltaColumn column, String text) {
        return switch (column.type()) {
            case FloatType _ -> number(Float.parseFloat(text), 0.0f);
            case DoubleType _ -> number(Math.max(Double.parseDouble(text), asFloat(column, text)), 0.0);
            case DecimalType type -> decimal(text, type, RoundingMode.CEILING);
            case TimestampType _, TimestampNTZType _ -> Math.addExact(DeltaValues.micros(text), TRUNCATED_MICROS);
            default -> exact(column, text);
        };
    }

    private static @Nullable Object exact(DeltaColumn column, String text) {
        return switch (column.type()) {
            case StringType _ -> text;
            case BooleanType _ -> DeltaValues.bool(text);
            case ByteType _ -> Byte.parseByte(text);
            case ShortType _ -> Short.parseShort(text);
            case IntegerType _ -> Integer.parseInt(text);
            case LongType _ -> Long.parseLong(text);
            case DateType _ -> DeltaValues.partition(column.type(), text);
            default -> null;
        };
    }

    /// A zero stands for both.
    private static @Nullable Object number(float value, float zero) {
        return Float.isNaN(value) ? null : (Object) (value == 0 ? zero : value);
    }

    private static @Nullable Object number(double value, double zero) {
        return Double.isNaN(value) ? null : (Object) (value == 0 ? zero : value);
    }

    private static double asFloat(DeltaColumn column, String text) {
        return column.wasFloat() ? Float.parseFloat(text) : Double.parseDouble(text);
    }

    private static @Nullable Object decimal(String text, DecimalType type, RoundingMode rounding) {
        BigDecimal value = new BigDecimal(text);
        if (type.getPrecision() > EXACT_DIGITS && value.signum() != 0) {
            BigDecimal slack = new BigDecimal(Math.ulp(value.doubleValue()));
            value = rounding == RoundingMode.FLOOR ? value.subtract(slack) : value.add(slack);
        }
        return DeltaValues.fit(value, type, rounding);
    }
}
