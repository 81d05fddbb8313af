package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** The dictionary encodings of a schema. */
final class Encodings {
    static final ArrowType.Int INT32 = new ArrowType.Int(32, true);

    private static final int NARROWEST_DECIMAL = 128;

    private Encodings() {}

    /**
     * The fields that are encoded, by id of their dictionary; one that the values of another refer to comes before
     * that.
     */
    static Map<Long, Field> of(Schema schema) {
        Map<Long, Field> encoded = new LinkedHashMap<>();
        collect(schema.getFields(), encoded);
        return encoded;
    }

    private static void collect(List<Field> fields, Map<Long, Field> encoded) {
        for (Field field : fields) {
            collect(field.getChildren(), encoded);
            if (field.getDictionary() != null) {
                encoded.putIfAbsent(field.getDictionary().getId(), field);
            }
        }
    }

    /** The dictionary of an encoded field; null where the batch has none, as it may when no row refers to it. */
    static @Nullable SharedDictionary dictionary(Batch batch, Field field) {
        return batch.dictionaries()
                .get(Objects.requireNonNull(field.getDictionary()).getId());
    }

    /** In place of one that did not come; held once by the caller. */
    static SharedDictionary emptyDictionary(Field field, BufferAllocator allocator) {
        FieldVector values = memory(values(field)).createVector(allocator);
        return new SharedDictionary(new Dictionary(values, Objects.requireNonNull(field.getDictionary())));
    }

    /**
     * The index in a row that is not NULL.
     *
     * @param size of the dictionary
     * @throws BowyerException BAD_ANSWER when it is not in the dictionary
     */
    static int index(Field field, BaseIntVector indices, int row, int size) {
        long index = indices.getValueAsLong(row);
        if (index < 0 || index >= size) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    "column " + field.getName() + ", row " + row + " of a batch: no value " + index
                            + " in its dictionary of " + size,
                    "report it to who runs the server");
        }
        return (int) index;
    }

    /**
     * For targets that use indices without a look at them.
     *
     * @throws BowyerException BAD_ANSWER when an index, of whatever depth, is not in its dictionary
     */
    static void check(Batch batch) {
        List<Field> fields = batch.schema().getFields();
        for (int i = 0; i < fields.size(); i++) {
            check(fields.get(i), batch.vector(i), batch);
        }
    }

    private static void check(Field field, FieldVector vector, Batch batch) {
        if (vector instanceof ExtensionTypeVector<?> extension) {
            check(field, (FieldVector) extension.getUnderlyingVector(), batch);
            return;
        }
        if (field.getDictionary() == null) {
            List<FieldVector> parts = vector.getChildrenFromFields();
            for (int i = 0; i < parts.size(); i++) {
                check(field.getChildren().get(i), parts.get(i), batch);
            }
            return;
        }
        SharedDictionary dictionary = dictionary(batch, field);
        FieldVector values = dictionary == null ? null : dictionary.dictionary().getVector();
        int size = values == null ? 0 : values.getValueCount();
        BaseIntVector indices = (BaseIntVector) vector;
        for (int row = 0; row < indices.getValueCount(); row++) {
            if (!indices.isNull(row)) {
                index(field, indices, row, size);
            }
        }
        if (values != null) {
            check(values(field), values, batch);
        }
    }

    /**
     * Vectors hold decimals of 128 and 256 bits only, whatever the schema says.
     *
     * @param target as errors call it
     * @throws BowyerException TYPE_MISMATCH for a narrower one
     */
    static void refuseNarrowDecimals(Schema schema, String target) {
        schema.getFields().forEach(field -> refuseNarrowDecimals(field, field, target));
    }

    private static void refuseNarrowDecimals(Field column, Field field, String target) {
        if (field.getType() instanceof ArrowType.Decimal decimal && decimal.getBitWidth() < NARROWEST_DECIMAL) {
            throw Failure.mismatch(
                    column.getName(), decimal, target, "cast it to a decimal of 128 bits, or a number, in the query");
        }
        field.getChildren().forEach(child -> refuseNarrowDecimals(column, child, target));
    }

    /** The same schema with indices of 32 bits, which any dictionary of a vector fits into. */
    static Schema wide(Schema schema) {
        return new Schema(schema.getFields().stream().map(Encodings::wide).toList(), schema.getCustomMetadata());
    }

    static Field wide(Field field) {
        DictionaryEncoding encoding = field.getDictionary();
        return with(
                field,
                field.getType(),
                encoding == null ? null : new DictionaryEncoding(encoding.getId(), encoding.isOrdered(), INT32),
                Encodings::wide);
    }

    /** The values of {@code field}, in the form of a schema: not encoded themselves, their children are as they are. */
    static Field values(Field field) {
        return with(field, field.getType(), null, child -> child);
    }

    /** The field of the vector that goes with {@code field} of a schema: indices where it is encoded. */
    static Field memory(Field field) {
        DictionaryEncoding encoding = field.getDictionary();
        if (encoding == null) {
            return with(field, field.getType(), null, Encodings::memory);
        }
        return new Field(
                field.getName(),
                new FieldType(field.isNullable(), encoding.getIndexType(), encoding, field.getMetadata()),
                List.of());
    }

    @SuppressWarnings("NullAway") // FieldType takes a null encoding
    private static Field with(
            Field field, ArrowType type, @Nullable DictionaryEncoding encoding, Function<Field, Field> child) {
        return new Field(
                field.getName(),
                new FieldType(field.isNullable(), type, encoding, field.getMetadata()),
                field.getChildren().stream().map(child).toList());
    }
}
