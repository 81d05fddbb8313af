package dev.bowyer.client;

import dev.bowyer.client.frame.Batch;
import org.apache.arrow.vector.FieldVector;

/** The rows that servers answer to EXPLAIN: one text, or what it is and then the text. */
final class PlanText {
    private PlanText() {}

    static void append(StringBuilder text, Batch batch) {
        for (int row = 0; row < batch.rowCount(); row++) {
            for (FieldVector vector : batch.vectors()) {
                text.append(vector.getObject(row)).append('\n');
            }
        }
    }
}
