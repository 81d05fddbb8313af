package dev.bowyer.client.frame;

import dev.bowyer.client.frame.value.Conversion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of a column as objects of one class. Lives as long as its frame; the objects live on. Thread-safe.
 *
 * @param <T> class of the values
 */
public final class ValueColumn<T> {
    private final Column column;
    private final Class<T> type;
    private final Conversion conversion;

    ValueColumn(Column column, Class<T> type, Conversion conversion) {
        this.column = column;
        this.type = type;
        this.conversion = conversion;
    }

    public String name() {
        return column.name();
    }

    public long rowCount() {
        return column.rowCount();
    }

    public boolean isNull(long row) {
        return column.isNull(row);
    }

    /**
     * The value of a row; null for NULL.
     *
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when the value does not fit into the class
     */
    public @Nullable T get(long row) {
        Object value = column.get(row);
        return value == null ? null : type.cast(conversion.convert(value, row));
    }

    /**
     * All values; null for NULL.
     *
     * @throws dev.bowyer.client.error.BowyerException as {@link #get}; INVALID_ARGUMENT when there are more than a list holds
     */
    public List<@Nullable T> toList() {
        int count = column.arrayLength();
        List<@Nullable T> result = new ArrayList<>(count);
        for (long row = 0; row < count; row++) {
            result.add(get(row));
        }
        return Collections.unmodifiableList(result);
    }

    /** All values; null for NULL. Otherwise as {@link #toList}. */
    @SuppressWarnings("unchecked")
    public @Nullable T[] toArray() {
        return toList().toArray((T[]) java.lang.reflect.Array.newInstance(type, 0));
    }

    @Override
    public String toString() {
        return column.toString();
    }
}
