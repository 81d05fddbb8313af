package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.NestedReaders.Lists;
import dev.bowyer.client.frame.value.NestedReaders.Maps;
import dev.bowyer.client.frame.value.NestedReaders.References;
import dev.bowyer.client.frame.value.NestedReaders.RowNumber;
import dev.bowyer.client.frame.value.NestedReaders.Structs;
import dev.bowyer.client.frame.value.NestedReaders.Unions;
import dev.bowyer.client.frame.value.ScalarReader.Integers;
import dev.bowyer.client.frame.value.ScalarReader.Moments;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Period;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.LongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Chooses the reader of a vector by its type. */
final class ValueReaders {
    private static final int TYPE_IDS = 128;

    private final ValueReader.Dictionaries dictionaries;

    private final boolean rawMoments;

    /** @param rawMoments whether moments that java.time cannot hold are read as numbers */
    ValueReaders(ValueReader.Dictionaries dictionaries, boolean rawMoments) {
        this.dictionaries = dictionaries;
        this.rawMoments = rawMoments;
    }

    ValueReader of(Field field, FieldVector vector) {
        if (field.getDictionary() != null) {
            return ofDictionary(field, vector);
        }
        if (vector instanceof ExtensionTypeVector<?> extension) {
            return of(FieldTypes.storage(field), (FieldVector) extension.getUnderlyingVector());
        }
        ArrowType type = field.getType() instanceof ArrowType.ExtensionType extension
                ? extension.storageType()
                : field.getType();
        return switch (type.getTypeID()) {
            case Null, NONE -> new ScalarReader.Nulls();
            case Bool -> new ScalarReader.Booleans(vector);
            case Int -> ofInt((ArrowType.Int) type, vector);
            case FloatingPoint -> ofFloat((ArrowType.FloatingPoint) type, vector);
            case Decimal -> ofDecimal((ArrowType.Decimal) type, vector);
            case Utf8, LargeUtf8, Utf8View -> {
                ByteValues text = ByteValues.of(vector);
                yield ScalarReader.objects(vector, row -> new String(text.get(row), StandardCharsets.UTF_8));
            }
            case Binary, LargeBinary, BinaryView -> ScalarReader.objects(vector, ByteValues.of(vector)::get);
            case FixedSizeBinary -> ofFixedBytes(field, (FixedSizeBinaryVector) vector);
            case Date, Time, Timestamp -> ofMoment(type, vector);
            case Duration -> {
                var unit = ((ArrowType.Duration) type).getUnit();
                yield new Integers(vector, 64, true, count -> TimeUnits.duration(count, unit));
            }
            case Interval -> ofInterval((ArrowType.Interval) type, vector);
            case List, LargeList, FixedSizeList, ListView, LargeListView -> ofList(type, field, vector);
            case Map -> {
                ArrowBuf offsets = vector.getOffsetBuffer();
                yield new Maps(vector, entries(field, vector), start32(offsets), size32(offsets));
            }
            case Struct -> new Structs(vector, field.getChildren(), children(field, vector));
            case Union -> ofUnion((ArrowType.Union) type, field, vector);
            case RunEndEncoded -> ofRuns(field, (RunEndEncodedVector) vector);
        };
    }

    private ValueReader ofDictionary(Field field, FieldVector indexVector) {
        long id = field.getDictionary().getId();
        Dictionary dictionary = dictionaries.get(id);
        if (dictionary == null && indexVector.getNullCount() == indexVector.getValueCount()) {
            return new ScalarReader.Nulls(); // IPC allows to leave out a dictionary that no row refers to
        }
        if (dictionary == null) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    "the column '" + field.getName() + "' refers to the dictionary " + id + ", which did not come",
                    "the fault is the sender's");
        }
        ArrowType.Int type = FieldTypes.indexType(field.getDictionary());
        Integers indices = ofInt(type, indexVector);
        FieldVector values = dictionary.getVector();
        return new References(
                // the least long is none of the dictionary either way, but must not be taken for NULL
                row -> indexVector.isNull(row) ? References.NULL : Math.max(indices.raw(row), References.NULL + 1),
                of(FieldTypes.withoutDictionary(field), values),
                values.getValueCount(),
                field);
    }

    private static Integers ofInt(ArrowType.Int type, FieldVector vector) {
        int bits = type.getBitWidth();
        boolean signed = type.getIsSigned();
        return switch (signed ? bits : bits * 2) {
            case 8 -> new Integers(vector, bits, signed, value -> (byte) value);
            case 16 -> new Integers(vector, bits, signed, value -> (short) value);
            case 32 -> new Integers(vector, bits, signed, value -> (int) value);
            case 64 -> new Integers(vector, bits, signed, value -> value);
            default -> new Integers(vector, bits, signed, ScalarReader::unsigned);
        };
    }

    private static ValueReader ofFloat(ArrowType.FloatingPoint type, FieldVector vector) {
        return switch (type.getPrecision()) {
            case HALF -> {
                ArrowBuf data = vector.getDataBuffer();
                yield ScalarReader.objects(vector, row -> Float16.toFloat(data.getShort(row * 2L)));
            }
            case SINGLE -> new ScalarReader.Floats(vector);
            case DOUBLE -> new ScalarReader.Doubles(vector);
        };
    }

    /** From the bytes: arrow-java takes decimals of 32 and 64 bits for ones of 128. */
    private static ValueReader ofDecimal(ArrowType.Decimal type, FieldVector vector) {
        ArrowBuf data = vector.getDataBuffer();
        int width = type.getBitWidth() / 8;
        return ScalarReader.objects(vector, row -> {
            byte[] bytes = new byte[width];
            data.getBytes((long) row * width, bytes);
            for (int i = 0; i < width / 2; i++) {
                byte swapped = bytes[i];
                bytes[i] = bytes[width - 1 - i];
                bytes[width - 1 - i] = swapped;
            }
            return new BigDecimal(new BigInteger(bytes), type.getScale());
        });
    }

    private static ValueReader ofFixedBytes(Field field, FixedSizeBinaryVector vector) {
        if (!FieldTypes.isUuid(field)) {
            return ScalarReader.objects(vector, vector::get);
        }
        return ScalarReader.objects(vector, row -> {
            ByteBuffer bytes = ByteBuffer.wrap(vector.get(row));
            return new UUID(bytes.getLong(), bytes.getLong());
        });
    }

    private ValueReader ofMoment(ArrowType type, FieldVector vector) {
        String name = FieldTypes.describe(type);
        if (type instanceof ArrowType.Date date) {
            return switch (date.getUnit()) {
                case DAY -> moments(vector, 32, name, TimeUnits::day);
                case MILLISECOND -> moments(vector, 64, name, TimeUnits::dayOfMillis);
            };
        }
        if (type instanceof ArrowType.Time time) {
            return moments(vector, time.getBitWidth(), name, count -> TimeUnits.time(count, time.getUnit()));
        }
        ArrowType.Timestamp timestamp = (ArrowType.Timestamp) type;
        var unit = timestamp.getUnit();
        return FieldTypes.hasZone(timestamp)
                ? moments(vector, 64, name, count -> TimeUnits.instant(count, unit))
                : moments(vector, 64, name, count -> TimeUnits.dateTime(count, unit));
    }

    private Moments moments(FieldVector vector, int bits, String type, LongFunction<Object> moment) {
        return new Moments(vector, bits, type, moment, rawMoments);
    }

    private static ValueReader ofInterval(ArrowType.Interval type, FieldVector vector) {
        ArrowBuf data = vector.getDataBuffer();
        return switch (type.getUnit()) {
            case YEAR_MONTH -> ScalarReader.objects(vector, row -> Period.ofMonths(data.getInt(row * 4L)));
            case DAY_TIME ->
                ScalarReader.objects(
                        vector,
                        row -> new PeriodDuration(
                                Period.ofDays(data.getInt(row * 8L)), Duration.ofMillis(data.getInt(row * 8L + 4))));
            case MONTH_DAY_NANO ->
                ScalarReader.objects(
                        vector,
                        row -> new PeriodDuration(
                                Period.of(0, data.getInt(row * 16L), data.getInt(row * 16L + 4)),
                                Duration.ofNanos(data.getLong(row * 16L + 8))));
        };
    }

    private ValueReader ofList(ArrowType type, Field field, FieldVector vector) {
        ValueReader elements = children(field, vector).get(0);
        if (type instanceof ArrowType.FixedSizeList list) {
            int size = list.getListSize();
            return new Lists(vector, elements, row -> (long) row * size, row -> size);
        }
        ArrowBuf offsets = vector.getOffsetBuffer();
        if (vector instanceof ListViewVector view) {
            ArrowBuf sizes = view.getSizeBuffer();
            return new Lists(vector, elements, start32(offsets), row -> sizes.getInt(row * 4L));
        }
        if (vector instanceof LargeListViewVector view) {
            ArrowBuf sizes = view.getSizeBuffer();
            return new Lists(vector, elements, start64(offsets), row -> sizes.getLong(row * 8L));
        }
        return type instanceof ArrowType.LargeList
                ? new Lists(
                        vector,
                        elements,
                        start64(offsets),
                        row -> offsets.getLong(row * 8L + 8) - offsets.getLong(row * 8L))
                : new Lists(vector, elements, start32(offsets), size32(offsets));
    }

    private static RowNumber start32(ArrowBuf offsets) {
        return row -> offsets.getInt(row * 4L);
    }

    private static RowNumber size32(ArrowBuf offsets) {
        return row -> offsets.getInt(row * 4L + 4) - offsets.getInt(row * 4L);
    }

    private static RowNumber start64(ArrowBuf offsets) {
        return row -> offsets.getLong(row * 8L);
    }

    private Structs entries(Field field, FieldVector vector) {
        Field entry = field.getChildren().get(0);
        FieldVector entries = vector.getChildrenFromFields().get(0);
        return new Structs(entries, entry.getChildren(), children(entry, entries));
    }

    private ValueReader ofUnion(ArrowType.Union type, Field field, FieldVector vector) {
        List<ValueReader> children = children(field, vector);
        int[] ids = type.getTypeIds();
        @Nullable ValueReader[] byType = new @Nullable ValueReader[TYPE_IDS];
        for (int i = 0; i < children.size(); i++) {
            int id = ids == null || ids.length == 0 ? i : ids[i];
            byType[id] = children.get(i);
        }
        if (type.getMode() == UnionMode.Sparse) {
            return new Unions(((UnionVector) vector).getTypeBuffer(), byType, row -> row, field.getName());
        }
        DenseUnionVector dense = (DenseUnionVector) vector;
        return new Unions(dense.getTypeBuffer(), byType, start32(dense.getOffsetBuffer()), field.getName());
    }

    private ValueReader ofRuns(Field field, RunEndEncodedVector vector) {
        Field valueField = field.getChildren().get(1);
        FieldVector values = vector.getValuesVector();
        Runs runs = Runs.of(vector);
        return new References(runs::of, of(valueField, values), values.getValueCount(), field);
    }

    private List<ValueReader> children(Field field, FieldVector vector) {
        List<FieldVector> vectors = vector.getChildrenFromFields();
        List<ValueReader> readers = new ArrayList<>();
        for (int i = 0; i < vectors.size(); i++) {
            readers.add(of(field.getChildren().get(i), vectors.get(i)));
        }
        return readers;
    }
}
