package dev.bowyer.client.frame;

import dev.bowyer.client.frame.value.ValueReader;

/** The booleans of a column, without boxes. Lives as long as its frame. Thread-safe as {@link Column} is. */
public final class BooleanColumn {
    private final Column column;

    BooleanColumn(Column column) {
        this.column = column;
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
     * The value of a row.
     *
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when it is NULL
     */
    public boolean get(long row) {
        int chunk = column.chunkOf(row);
        int place = column.rowIn(chunk, row);
        ValueReader reader = column.reader(chunk);
        if (reader.isNull(place)) {
            throw column.isNullAt(row);
        }
        return reader.getBoolean(place);
    }

    /** The value of a row, or {@code ifNull} for NULL. */
    public boolean get(long row, boolean ifNull) {
        int chunk = column.chunkOf(row);
        int place = column.rowIn(chunk, row);
        ValueReader reader = column.reader(chunk);
        return reader.isNull(place) ? ifNull : reader.getBoolean(place);
    }

    /**
     * All values.
     *
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when one is NULL; INVALID_ARGUMENT when there are more
     *     than an array holds, 2^31 - 9
     */
    public boolean[] toArray() {
        boolean[] result = new boolean[column.arrayLength()];
        fill(result, false, false);
        return result;
    }

    /**
     * All values, with {@code ifNull} for NULL.
     *
     * @throws dev.bowyer.client.error.BowyerException as {@link #toArray()}
     */
    public boolean[] toArray(boolean ifNull) {
        boolean[] result = new boolean[column.arrayLength()];
        fill(result, true, ifNull);
        return result;
    }

    private void fill(boolean[] result, boolean nulls, boolean ifNull) {
        int to = 0;
        for (int chunk = 0; chunk < column.chunks().count(); chunk++) {
            column.checkOpen();
            ValueReader reader = column.reader(chunk);
            int start = column.chunks().get(chunk).start();
            int end = start + column.chunks().get(chunk).rows();
            for (int row = start; row < end; row++) {
                if (!reader.isNull(row)) {
                    result[to] = reader.getBoolean(row);
                } else if (nulls) {
                    result[to] = ifNull;
                } else {
                    throw column.isNullAt(to);
                }
                to++;
            }
        }
    }

    @Override
    public String toString() {
        return column.toString();
    }
}
