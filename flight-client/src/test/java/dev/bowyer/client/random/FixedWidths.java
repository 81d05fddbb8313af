package dev.bowyer.client.random;

import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** How many bytes a value takes. */
final class FixedWidths {
    private FixedWidths() {}

    static int bytes(ArrowType type) {
        return switch (type.getTypeID()) {
            case Int -> ((ArrowType.Int) type).getBitWidth() / 8;
            case FloatingPoint ->
                switch (((ArrowType.FloatingPoint) type).getPrecision()) {
                    case HALF -> 2;
                    case SINGLE -> 4;
                    case DOUBLE -> 8;
                };
            case Decimal -> ((ArrowType.Decimal) type).getBitWidth() / 8;
            case FixedSizeBinary -> ((ArrowType.FixedSizeBinary) type).getByteWidth();
            case Date -> ((ArrowType.Date) type).getUnit() == DateUnit.DAY ? 4 : 8;
            case Time -> ((ArrowType.Time) type).getBitWidth() / 8;
            case Timestamp, Duration -> 8;
            case Interval ->
                switch (((ArrowType.Interval) type).getUnit()) {
                    case YEAR_MONTH -> 4;
                    case DAY_TIME -> 8;
                    case MONTH_DAY_NANO -> 16;
                };
            default -> throw new IllegalArgumentException(type + " has no fixed width");
        };
    }
}
