package dev.bowyer.client.frame.value;

import dev.bowyer.client.frame.SharedDictionary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Writes Java objects, as ValueReader reads them, into vectors of any type: the other direction, by arrow-java's setters. */
public final class SampleVectors {
    private final BufferAllocator allocator;
    private final Map<Long, SharedDictionary> dictionaries = new HashMap<>();

    public SampleVectors(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    /** Of the columns written so far, by id. */
    public Map<Long, SharedDictionary> dictionaries() {
        return dictionaries;
    }

    public FieldVector write(Field field, List<? extends @Nullable Object> values) {
        FieldVector vector = FieldTypes.vectorField(field).createVector(allocator);
        fill(vector, field, values);
        return vector;
    }

    private void fill(FieldVector vector, Field field, List<? extends @Nullable Object> values) {
        if (field.getDictionary() != null) {
            fillIndices(vector, field, values);
        } else if (vector instanceof ListVector || vector instanceof LargeListVector) {
            fillList(vector, field, values);
        } else if (vector instanceof FixedSizeListVector list) {
            fillFixedList(list, field, values);
        } else if (vector instanceof ListViewVector || vector instanceof LargeListViewVector) {
            fillView(vector, field, values);
        } else if (vector instanceof StructVector struct) {
            fillStruct(struct, field, values);
        } else if (vector instanceof UnionVector || vector instanceof DenseUnionVector) {
            fillUnion(vector, field, values);
        } else if (vector instanceof RunEndEncodedVector runs) {
            fillRuns(runs, field, values);
        } else {
            vector.setInitialCapacity(Math.max(1, values.size()));
            vector.allocateNew();
            for (int row = 0; row < values.size(); row++) {
                Object value = values.get(row);
                if (value != null) {
                    SampleScalars.set(vector, field, row, value);
                }
            }
            vector.setValueCount(values.size());
        }
    }

    private void fillIndices(FieldVector vector, Field field, List<? extends @Nullable Object> values) {
        List<@Nullable Object> distinct = new ArrayList<>();
        distinct.add(null);
        for (Object value : values) {
            if (value != null && !contains(distinct, value)) {
                distinct.add(value);
            }
        }
        Collections.reverse(distinct);
        FieldVector dictionary = write(FieldTypes.withoutDictionary(field), distinct);
        SharedDictionary old = dictionaries.put(
                field.getDictionary().getId(), new SharedDictionary(new Dictionary(dictionary, field.getDictionary())));
        if (old != null) {
            throw new IllegalStateException("two columns with the dictionary " + field.getDictionary());
        }
        vector.setInitialCapacity(Math.max(1, values.size()));
        vector.allocateNew();
        for (int row = 0; row < values.size(); row++) {
            Object value = values.get(row);
            if (value != null) {
                ((BaseIntVector) vector).setWithPossibleTruncate(row, indexOf(distinct, value));
            }
        }
        vector.setValueCount(values.size());
    }

    private static boolean contains(List<@Nullable Object> values, Object value) {
        return indexOf(values, value) >= 0;
    }

    private static int indexOf(List<@Nullable Object> values, Object value) {
        for (int i = 0; i < values.size(); i++) {
            if (plain(value).equals(plain(values.get(i)))) {
                return i;
            }
        }
        return -1;
    }

    private void fillList(FieldVector vector, Field field, List<? extends @Nullable Object> values) {
        vector.allocateNew();
        List<@Nullable Object> elements = new ArrayList<>();
        for (int row = 0; row < values.size(); row++) {
            List<?> list = asList(values.get(row));
            if (list != null) {
                if (vector instanceof ListVector small) {
                    small.startNewValue(row);
                    small.endValue(row, list.size());
                } else {
                    ((LargeListVector) vector).startNewValue(row);
                    ((LargeListVector) vector).endValue(row, list.size());
                }
                elements.addAll(list);
            } else if (vector instanceof ListVector small) {
                small.setNull(row);
            } else {
                ((LargeListVector) vector).setNull(row);
            }
        }
        vector.setValueCount(values.size());
        fill(vector.getChildrenFromFields().get(0), field.getChildren().get(0), elements);
    }

    /** The entries of a map as rows of a struct. */
    private static @Nullable List<?> asList(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            return (List<?>) value;
        }
        List<Object> entries = new ArrayList<>();
        map.forEach((key, mapped) -> {
            Map<String, @Nullable Object> entry = new HashMap<>();
            entry.put("key", key);
            entry.put("value", mapped);
            entries.add(entry);
        });
        return entries;
    }

    private void fillFixedList(FixedSizeListVector vector, Field field, List<? extends @Nullable Object> values) {
        vector.allocateNew();
        List<@Nullable Object> elements = new ArrayList<>();
        for (int row = 0; row < values.size(); row++) {
            List<?> list = (List<?>) values.get(row);
            vector.startNewValue(row);
            if (list == null) {
                vector.setNull(row);
            }
            elements.addAll(list == null ? Collections.nCopies(vector.getListSize(), null) : list);
        }
        vector.setValueCount(values.size());
        fill(vector.getDataVector(), field.getChildren().get(0), elements);
    }

    /** The lists lie in the child from the last to the first. */
    private void fillView(FieldVector vector, Field field, List<? extends @Nullable Object> values) {
        boolean large = vector instanceof LargeListViewVector;
        int width = large ? 8 : 4;
        int count = values.size();
        ArrowBuf validity = allocator.buffer(BitVectorHelper.getValidityBufferSizeFromCount(Math.max(1, count)));
        validity.setZero(0, validity.capacity());
        ArrowBuf offsets = allocator.buffer((long) Math.max(1, count) * width);
        ArrowBuf sizes = allocator.buffer((long) Math.max(1, count) * width);
        offsets.setZero(0, offsets.capacity());
        sizes.setZero(0, sizes.capacity());
        List<@Nullable Object> elements = new ArrayList<>();
        for (int row = count - 1; row >= 0; row--) {
            List<?> list = (List<?>) values.get(row);
            if (list != null) {
                BitVectorHelper.setBit(validity, row);
                if (large) {
                    offsets.setLong(row * 8L, elements.size());
                    sizes.setLong(row * 8L, list.size());
                } else {
                    offsets.setInt(row * 4L, elements.size());
                    sizes.setInt(row * 4L, list.size());
                }
                elements.addAll(list);
            }
        }
        vector.loadFieldBuffers(new ArrowFieldNode(count, 1), List.of(validity, offsets, sizes));
        validity.close();
        offsets.close();
        sizes.close();
        fill(vector.getChildrenFromFields().get(0), field.getChildren().get(0), elements);
    }

    private void fillStruct(StructVector vector, Field field, List<? extends @Nullable Object> values) {
        vector.setInitialCapacity(Math.max(1, values.size()));
        vector.allocateNew();
        for (int row = 0; row < values.size(); row++) {
            if (values.get(row) == null) {
                vector.setNull(row);
            } else {
                vector.setIndexDefined(row);
            }
        }
        vector.setValueCount(values.size());
        for (int i = 0; i < field.getChildren().size(); i++) {
            Field child = field.getChildren().get(i);
            List<@Nullable Object> column = new ArrayList<>();
            values.forEach(value -> column.add(value == null ? null : ((Map<?, ?>) value).get(child.getName())));
            FieldVector target = vector.getChildrenFromFields().get(i);
            target.clear();
            fill(target, child, column);
        }
    }

    /** A value goes to the first child of its class; of a dense union, the values of a child lie from the last to the first. */
    private void fillUnion(FieldVector vector, Field field, List<? extends @Nullable Object> values) {
        int count = values.size();
        int[] ids = ((ArrowType.Union) field.getType()).getTypeIds();
        boolean dense = vector instanceof DenseUnionVector;
        List<List<@Nullable Object>> columns = new ArrayList<>();
        field.getChildren().forEach(child -> columns.add(new ArrayList<>()));
        int[] childOf = new int[count];
        int[] placeOf = new int[count];
        for (int row = 0; row < count; row++) {
            int child = childFor(field, values.get(row));
            childOf[row] = child;
            placeOf[row] = columns.get(child).size();
            for (int i = 0; i < columns.size(); i++) {
                if (i == child || !dense) {
                    columns.get(i).add(i == child ? values.get(row) : null);
                }
            }
        }
        ArrowBuf types = allocator.buffer(Math.max(1, count));
        ArrowBuf offsets = allocator.buffer(Math.max(1, count) * 4L);
        for (int row = 0; row < count; row++) {
            types.setByte(row, ids[childOf[row]]);
            offsets.setInt(row * 4L, columns.get(childOf[row]).size() - 1 - placeOf[row]);
        }
        vector.loadFieldBuffers(new ArrowFieldNode(count, 0), dense ? List.of(types, offsets) : List.of(types));
        types.close();
        offsets.close();
        for (int i = 0; i < columns.size(); i++) {
            if (dense) {
                Collections.reverse(columns.get(i));
            }
            fill(vector.getChildrenFromFields().get(i), field.getChildren().get(i), columns.get(i));
        }
    }

    private static int childFor(Field field, @Nullable Object value) {
        for (int i = 0; i < field.getChildren().size(); i++) {
            if (value == null || FieldTypes.javaType(field.getChildren().get(i)).isInstance(value)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no child of " + field + " for " + value);
    }

    private void fillRuns(RunEndEncodedVector vector, Field field, List<? extends @Nullable Object> values) {
        List<@Nullable Object> ends = new ArrayList<>();
        List<@Nullable Object> runs = new ArrayList<>();
        boolean small = vector.getRunEndsVector().getField().getType().equals(new ArrowType.Int(16, true));
        boolean large = vector.getRunEndsVector().getField().getType().equals(new ArrowType.Int(64, true));
        for (int row = 0; row < values.size(); row++) {
            boolean last = row + 1 == values.size() || !plain(values.get(row)).equals(plain(values.get(row + 1)));
            if (last) {
                runs.add(values.get(row));
                ends.add(small ? (Object) (short) (row + 1) : large ? (Object) (row + 1L) : (Object) (row + 1));
            }
        }
        fill(vector.getRunEndsVector(), field.getChildren().get(0), ends);
        fill(vector.getValuesVector(), field.getChildren().get(1), runs);
        vector.setValueCount(values.size());
    }

    /** A form of a value that {@code equals} compares by content. */
    public static Object plain(@Nullable Object value) {
        if (value instanceof byte[] bytes) {
            return "bytes " + HexFormat.of().formatHex(bytes);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(SampleVectors::plain).toList();
        }
        if (value instanceof Map<?, ?> map) {
            List<Object> entries = new ArrayList<>();
            map.forEach((key, mapped) -> entries.add(List.of(plain(key), plain(mapped))));
            return entries;
        }
        return Objects.requireNonNullElse(value, "NULL");
    }
}
