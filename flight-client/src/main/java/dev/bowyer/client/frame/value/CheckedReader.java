package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A reader of a whole column: where its buffers do not fit together, the error names column and row. */
final class CheckedReader extends ValueReader {
    private final ValueReader reader;
    private final String column;

    CheckedReader(ValueReader reader, String column) {
        this.reader = reader;
        this.column = column;
    }

    @Override
    public boolean isNull(int row) {
        try {
            return reader.isNull(row);
        } catch (RuntimeException e) {
            throw named(e, () -> "row " + row + " of its batch");
        }
    }

    @Override
    public @Nullable Object get(int row) {
        try {
            return reader.get(row);
        } catch (RuntimeException e) {
            throw named(e, () -> "row " + row + " of its batch");
        }
    }

    @Override
    public long getLong(int row) {
        try {
            return reader.getLong(row);
        } catch (RuntimeException e) {
            throw named(e, () -> "row " + row + " of its batch");
        }
    }

    @Override
    public double getDouble(int row) {
        try {
            return reader.getDouble(row);
        } catch (RuntimeException e) {
            throw named(e, () -> "row " + row + " of its batch");
        }
    }

    @Override
    public boolean getBoolean(int row) {
        try {
            return reader.getBoolean(row);
        } catch (RuntimeException e) {
            throw named(e, () -> "row " + row + " of its batch");
        }
    }

    @Override
    public boolean mayHaveNulls() {
        return reader.mayHaveNulls();
    }

    @Override
    public void getLongs(int start, int count, long[] into, int at) {
        try {
            reader.getLongs(start, count, into, at);
        } catch (RuntimeException e) {
            throw named(e, () -> count + " rows from row " + start + " of their batch");
        }
    }

    @Override
    public void getDoubles(int start, int count, double[] into, int at) {
        try {
            reader.getDoubles(start, count, into, at);
        } catch (RuntimeException e) {
            throw named(e, () -> count + " rows from row " + start + " of their batch");
        }
    }

    private BowyerException named(RuntimeException e, Supplier<String> rows) {
        if (e instanceof BowyerException known) {
            String own = String.valueOf(known.getMessage());
            if (ErrorCodes.TYPE_MISMATCH.equals(known.code()) && !own.contains("'" + column + "'")) {
                String message = rows.get() + ", column '" + column + "': " + own;
                return new BowyerException(known.code(), message, known.hint(), known);
            }
            return known;
        }
        return new BowyerException(
                ErrorCodes.BAD_ANSWER,
                rows.get() + " in the column '" + column + "' cannot be read: " + e,
                "the sender's buffers do not have it, or its batch was closed while it was read",
                e);
    }
}
