package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;

/** The readers of a batch's columns. */
final class Columns {
    private Columns() {}

    static List<ValueReader> of(Batch batch) {
        List<Field> fields = batch.schema().getFields();
        List<ValueReader> readers = new ArrayList<>(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            readers.add(ValueReader.of(fields.get(i), batch.vector(i), batch::dictionary));
        }
        return readers;
    }
}
