package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.lang.reflect.Type;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Turns what {@link ValueReader} reads from a column into what a program asks for, when nothing is lost. Chosen once for a column
 * and a type; thread-safe.
 */
@FunctionalInterface
public interface Conversion {
    /**
     * The value as the wanted type; null for NULL, where the type allows it.
     *
     * @param row named in errors
     * @throws BowyerException TYPE_MISMATCH when the value does not fit, with column, row and value
     */
    @Nullable
    Object convert(@Nullable Object value, long row);

    /**
     * The conversion of a column's values to a type.
     *
     * @param type a class, or a {@code List}, {@code Set}, {@code Map} or {@code Optional} with its type arguments
     * @param path how errors call the column, such as {@code stops.zone} for a field of a struct
     * @throws BowyerException TYPE_MISMATCH when no value of the column converts to the type
     */
    static Conversion of(Type type, Field field, String path) {
        return new Conversions(path).of(type, field);
    }

    /** What a conversion throws for a value. */
    static BowyerException unfit(String path, long row, @Nullable Object value, Type wanted, @Nullable String hint) {
        return BowyerException.of(
                ErrorCodes.TYPE_MISMATCH,
                "row " + row + " of the column '" + path + "': the value " + CellText.of(value, 100)
                        + " does not fit into " + Conversions.nameOf(wanted),
                hint);
    }
}
