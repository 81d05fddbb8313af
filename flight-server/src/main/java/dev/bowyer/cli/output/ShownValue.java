package dev.bowyer.cli.output;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.CellText;
import dev.bowyer.client.frame.value.ValueReader;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/// One value as people read it. Dates and times in ISO 8601, bytes in hexadecimal, decimals without an exponent where
/// that is not longer than the cell.
public final class ShownValue {
    private ShownValue() {}

    /// Readers of the columns of a batch, which must outlive them.
    public static List<ValueReader> readers(Batch batch) {
        List<ValueReader> readers = new ArrayList<>(batch.vectors().size());
        for (int column = 0; column < batch.vectors().size(); column++) {
            readers.add(
                    ValueReader.of(batch.schema().getFields().get(column), batch.vector(column), batch::dictionary));
        }
        return readers;
    }

    /// @param value as of [ValueReader]
    /// @param longest places of a terminal; what is cut ends in an ellipsis
    static String of(@Nullable Object value, int longest) {
        return value == null ? "NULL" : CellText.of(value, longest);
    }

    static boolean isNumber(ArrowType type) {
        return type instanceof ArrowType.Int
                || type instanceof ArrowType.FloatingPoint
                || type instanceof ArrowType.Decimal;
    }
}
