package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DateColumn;
import tech.tablesaw.api.DateTimeColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.FloatColumn;
import tech.tablesaw.api.InstantColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.TimeColumn;
import tech.tablesaw.columns.Column;

/**
 * A column of Tablesaw from an array.
 *
 * @param field its name in the result, for errors
 * @param name its name in the table
 */
record TablesawColumn(String field, String name) {
    private static final ValueText TEXT = new ValueText(ValueText.HEX);

    /**
     * @param java type of the values
     * @param array of primitives, or of objects, which may be null
     */
    Column<?> of(Class<?> java, Object array) {
        if (array instanceof boolean[] booleans) {
            return BooleanColumn.create(name, booleans);
        } else if (array instanceof int[] ints) {
            for (int value : ints) {
                check(value != Integer.MIN_VALUE, value);
            }
            return IntColumn.create(name, ints);
        } else if (array instanceof long[] longs) {
            for (long value : longs) {
                check(value != Long.MIN_VALUE, value);
            }
            return LongColumn.create(name, longs);
        } else if (array instanceof float[] floats) {
            return FloatColumn.create(name, floats);
        } else if (array instanceof double[] doubles) {
            return DoubleColumn.create(name, doubles);
        }
        return ofObjects(java, (@Nullable Object[]) array);
    }

    private Column<?> ofObjects(Class<?> java, @Nullable Object[] values) {
        if (java == Boolean.class) {
            BooleanColumn column = BooleanColumn.create(name);
            return fill(column, values, value -> column.append((Boolean) value));
        } else if (java == Byte.class || java == Short.class || java == Integer.class) {
            IntColumn column = IntColumn.create(name);
            return fill(column, values, value -> {
                int number = ((Number) value).intValue();
                check(number != Integer.MIN_VALUE, number);
                column.append(number);
            });
        } else if (java == Long.class) {
            LongColumn column = LongColumn.create(name);
            return fill(column, values, value -> {
                long number = (Long) value;
                check(number != Long.MIN_VALUE, number);
                column.append(number);
            });
        } else if (java == Float.class) {
            FloatColumn column = FloatColumn.create(name);
            return fill(column, values, value -> column.append((float) (Float) value));
        } else if (java == Double.class) {
            DoubleColumn column = DoubleColumn.create(name);
            return fill(column, values, value -> column.append((double) (Double) value));
        }
        return ofTimes(java, values);
    }

    private Column<?> ofTimes(Class<?> java, @Nullable Object[] values) {
        if (java == LocalDate.class) {
            return fillTimes(DateColumn.create(name), values, LocalDate.class);
        } else if (java == LocalTime.class) {
            return fillTimes(TimeColumn.create(name), values, LocalTime.class);
        } else if (java == LocalDateTime.class) {
            return fillTimes(DateTimeColumn.create(name), values, LocalDateTime.class);
        } else if (java == Instant.class) {
            return fillTimes(InstantColumn.create(name), values, Instant.class);
        }
        StringColumn column = StringColumn.create(name);
        return fill(column, values, value -> column.append(TEXT.of(value)));
    }

    private static Column<?> fill(Column<?> column, @Nullable Object[] values, Consumer<Object> append) {
        for (Object value : values) {
            if (value == null) {
                column.appendMissing();
            } else {
                append.accept(value);
            }
        }
        return column;
    }

    /** Tablesaw packs times into fewer bits, and does not say when they do not fit. */
    private <T> Column<?> fillTimes(Column<T> column, @Nullable Object[] values, Class<T> java) {
        return fill(column, values, value -> {
            column.append(java.cast(value));
            if (!value.equals(column.get(column.size() - 1))) {
                throw BowyerException.of(
                        ErrorCodes.TYPE_MISMATCH,
                        "column " + field + ": Tablesaw cannot hold " + value
                                + ", only milliseconds and years of 16 bits",
                        "date_trunc('millisecond', ...) or a cast to text in the query");
            }
        });
    }

    private void check(boolean possible, Number value) {
        if (!possible) {
            throw BowyerException.of(
                    ErrorCodes.TYPE_MISMATCH,
                    "column " + field + ": " + value + " stands for a missing value in Tablesaw",
                    "cast the column to a wider type, or to text, in the query");
        }
    }
}
