package dev.bowyer.client.wire;

import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.validate.ValidateVectorBufferVisitor;

/** Whether loaded vectors have the buffers that their lengths and last offsets ask for: cheap, whatever their size. */
final class VectorClaims {
    private VectorClaims() {}

    /** @throws BadAnswer naming the column */
    static void check(List<FieldVector> vectors, int rowCount) {
        for (FieldVector vector : vectors) {
            if (vector.getValueCount() != rowCount) {
                throw new BadAnswer("column \"" + vector.getName() + "\" has " + vector.getValueCount() + " of "
                        + rowCount + " values");
            }
            try {
                // Arrow's other check, of types, takes no map for what it is; the types are those of the fields anyway.
                vector.accept(new ValidateVectorBufferVisitor(), null);
            } catch (UnsupportedOperationException e) {
                // Arrow has no check for list views; their reads are checked one by one.
            } catch (RuntimeException e) {
                throw new BadAnswer("column \"" + vector.getName() + "\": " + e.getMessage(), e);
            }
        }
    }
}
