package dev.bowyer.client.frame;

import dev.bowyer.client.frame.value.FieldTypes;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row of a frame: a view, that lives as long as the frame. Thread-safe. It looks up the column by its name each time; for many
 * rows columns ({@link ArrowFrame#longs} and so on) and {@link Records} are faster.
 */
public final class Row {
    private final ArrowFrame frame;
    private final long index;

    Row(ArrowFrame frame, long index) {
        this.frame = frame;
        this.index = index;
    }

    /** Its place in the frame, from 0. */
    public long index() {
        return index;
    }

    public boolean isNull(String column) {
        return frame.column(column).isNull(index);
    }

    /** As {@link Column#get}; null for NULL. */
    public @Nullable Object get(String column) {
        return frame.column(column).get(index);
    }

    /** As {@link Column#get}; null for NULL. */
    public @Nullable Object get(int column) {
        return frame.column(column).get(index);
    }

    /** As {@link Column#values}; null for NULL. */
    public <T> @Nullable T get(String column, Class<T> type) {
        return frame.column(column).values(type).get(index);
    }

    /** As {@link LongColumn#get(long)}. */
    public long getLong(String column) {
        return frame.longs(column).get(index);
    }

    /** As {@link DoubleColumn#get(long)}. */
    public double getDouble(String column) {
        return frame.doubles(column).get(index);
    }

    /** As {@link BooleanColumn#get(long)}. */
    public boolean getBoolean(String column) {
        return frame.booleans(column).get(index);
    }

    /** As {@link ValueColumn#get}; null for NULL. */
    public @Nullable String getString(String column) {
        return frame.strings(column).get(index);
    }

    /** The values by the names of their columns, in order; of columns with the same name, the second as {@code name#2}. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        List<String> names = FieldTypes.distinctNames(frame.schema().getFields());
        for (int i = 0; i < names.size(); i++) {
            result.put(names.get(i), get(i));
        }
        return Collections.unmodifiableMap(result);
    }

    @Override
    public String toString() {
        return "Row " + index + " " + toMap();
    }
}
