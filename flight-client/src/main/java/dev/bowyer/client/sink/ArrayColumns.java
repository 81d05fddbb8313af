package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;

/** All rows of a stream as one array a column: of primitives where the type allows and no value is NULL. */
final class ArrayColumns {
    private final List<ArrayColumn> columns;

    private ArrayColumns(List<ArrayColumn> columns) {
        this.columns = columns;
    }

    /** @throws BowyerException SINK_FAILED when there are more rows than an array can have */
    static ArrayColumns read(BatchStream stream) {
        List<ArrayColumn> columns = new ArrayList<>();
        for (Field field : stream.schema().getFields()) {
            columns.add(new ArrayColumn(field));
        }
        for (Batch batch : stream) {
            try (batch) {
                if (stream.rowsRead() > Integer.MAX_VALUE - 8) {
                    throw BowyerException.of(
                            ErrorCodes.SINK_FAILED,
                            "there are more rows than an array can have, " + stream.rowsRead() + " so far",
                            "aggregate or filter in the query, or read batch by batch");
                }
                for (int i = 0; i < columns.size(); i++) {
                    columns.get(i).add(batch, i);
                }
            }
        }
        return new ArrayColumns(columns);
    }

    /**
     * The array of a column, of the length of the rows: int[], long[], float[], double[], boolean[] or Object[]. Once.
     */
    Object take(int column) {
        return columns.get(column).take();
    }
}
