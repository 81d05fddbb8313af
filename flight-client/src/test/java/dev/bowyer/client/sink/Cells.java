package dev.bowyer.client.sink;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.BaseRepeatedValueVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** What is in a vector, by Arrow's own getters: the oracle. */
final class Cells {
    private Cells() {}

    static @Nullable Object read(Field field, FieldVector vector, int row, LongFunction<FieldVector> dictionaries) {
        if (vector.isNull(row)) {
            return null;
        }
        if (field.getDictionary() != null) {
            Field values = Encodings.values(field);
            long index = ((BaseIntVector) vector).getValueAsLong(row);
            return read(values, dictionaries.apply(field.getDictionary().getId()), (int) index, dictionaries);
        }
        if (vector instanceof StructVector struct) {
            Map<String, @Nullable Object> parts = new LinkedHashMap<>();
            for (Field part : field.getChildren()) {
                parts.put(part.getName(), read(part, struct.getChild(part.getName()), row, dictionaries));
            }
            return parts;
        }
        if (vector instanceof BaseRepeatedValueVector list
                && !field.getChildren().isEmpty()) {
            List<@Nullable Object> items = new ArrayList<>();
            FieldVector data = list.getDataVector();
            for (int i = list.getElementStartIndex(row); i < list.getElementEndIndex(row); i++) {
                items.add(read(field.getChildren().get(0), data, i, dictionaries));
            }
            return items;
        }
        Object value = vector.getObject(row);
        if (value instanceof byte[] bytes) {
            return java.util.HexFormat.of().formatHex(bytes);
        }
        return value instanceof CharSequence ? value.toString() : String.valueOf(value);
    }
}
