package dev.bowyer.client.frame;

import dev.bowyer.client.frame.value.ValueReader;

/** The integers of a column, without boxes. Lives as long as its frame. Thread-safe as {@link Column} is. */
public final class LongColumn {
    private final Column column;

    LongColumn(Column column) {
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
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when it is NULL, or
     *     an unsigned one is above 2^63 - 1
     */
    public long get(long row) {
        int chunk = column.chunkOf(row);
        int place = column.rowIn(chunk, row);
        ValueReader reader = column.reader(chunk);
        if (reader.isNull(place)) {
            throw column.isNullAt(row);
        }
        return reader.getLong(place);
    }

    /** The value of a row, or {@code ifNull} for NULL. */
    public long get(long row, long ifNull) {
        int chunk = column.chunkOf(row);
        int place = column.rowIn(chunk, row);
        ValueReader reader = column.reader(chunk);
        return reader.isNull(place) ? ifNull : reader.getLong(place);
    }

    /**
     * All values.
     *
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when one is NULL, or
     *     an unsigned one is above 2^63 - 1; INVALID_ARGUMENT when there are more than an array holds, 2^31 - 9
     */
    public long[] toArray() {
        long[] result = new long[column.arrayLength()];
        fill(result, false, 0);
        return result;
    }

    /**
     * All values, with {@code ifNull} for NULL.
     *
     * @throws dev.bowyer.client.error.BowyerException as {@link #toArray()}
     */
    public long[] toArray(long ifNull) {
        long[] result = new long[column.arrayLength()];
        fill(result, true, ifNull);
        return result;
    }

    private void fill(long[] result, boolean nulls, long ifNull) {
        int to = 0;
        for (int chunk = 0; chunk < column.chunks().count(); chunk++) {
            column.checkOpen();
            ValueReader reader = column.reader(chunk);
            Chunks.Chunk rows = column.chunks().get(chunk);
            reader.getLongs(rows.start(), rows.rows(), result, to);
            boolean check = reader.mayHaveNulls();
            for (int row = 0; check && row < rows.rows(); row++) {
                if (reader.isNull(rows.start() + row)) {
                    if (!nulls) {
                        throw column.isNullAt(to + row);
                    }
                    result[to + row] = ifNull;
                }
            }
            to += rows.rows();
        }
    }

    @Override
    public String toString() {
        return column.toString();
    }
}
