package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * The type that a bound value travels in, where the server declares its parameter: numbers in the declared type, if it holds them;
 * times in their own, which may be finer than the declared one and is cast by the server.
 */
final class DeclaredTypes {
    private static final int MAX_DECIMAL_128 = 38;
    private static final int BITS_128 = 128;

    private DeclaredTypes() {}

    private enum Kind {
        NUMBER,
        TEXT,
        BINARY,
        BOOLEAN,
        TIME,
        OTHER
    }

    /** @throws BowyerException INVALID_ARGUMENT when a value of {@code own} is none of {@code declared} */
    static ArrowType meet(String name, ArrowType own, ArrowType declared) {
        Kind wanted = kind(declared);
        Kind given = kind(own);
        if (wanted == Kind.OTHER || given == Kind.OTHER) {
            return own;
        }
        boolean isTimeAsText = wanted == Kind.TIME && given == Kind.TEXT;
        if (wanted != given && !isTimeAsText) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "parameter " + name + " is of type " + declared + ", and its value of type " + own,
                    "bind a value of its type, or CAST the parameter in the statement");
        }
        return given == Kind.NUMBER ? number(own, declared) : own;
    }

    private static ArrowType number(ArrowType own, ArrowType declared) {
        if (!(declared instanceof ArrowType.Decimal decimal)) {
            return declared instanceof ArrowType.FloatingPoint half
                            && half.getPrecision() == org.apache.arrow.vector.types.FloatingPointPrecision.HALF
                    ? own
                    : declared;
        }
        boolean isWide = decimal.getBitWidth() > BITS_128;
        boolean isUsual = decimal.getBitWidth() == BITS_128 && decimal.getPrecision() <= MAX_DECIMAL_128;
        return isWide || isUsual ? declared : own;
    }

    private static Kind kind(ArrowType type) {
        return switch (type.getTypeID()) {
            case Int, FloatingPoint, Decimal -> Kind.NUMBER;
            case Utf8, LargeUtf8, Utf8View -> Kind.TEXT;
            case Binary, LargeBinary, BinaryView, FixedSizeBinary -> Kind.BINARY;
            case Bool -> Kind.BOOLEAN;
            case Date, Time, Timestamp -> Kind.TIME;
            default -> Kind.OTHER;
        };
    }
}
