package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Values that lie in other vectors: of lists, structs, maps, unions, runs and dictionaries. */
final class NestedReaders {
    private NestedReaders() {}

    /** Something of a row that is a number: where its elements begin, how many there are. */
    @FunctionalInterface
    interface RowNumber {
        long of(int row);
    }

    /** Lists of every layout. */
    static class Lists extends ValueReader {
        private final FieldVector vector;
        private final ValueReader elements;
        private final int elementCount;
        private final RowNumber start;
        private final RowNumber size;

        Lists(FieldVector vector, ValueReader elements, RowNumber start, RowNumber size) {
            this.vector = vector;
            this.elements = elements;
            this.elementCount = vector.getChildrenFromFields().get(0).getValueCount();
            this.start = start;
            this.size = size;
        }

        @Override
        public boolean isNull(int row) {
            return vector.isNull(row);
        }

        @Override
        public @Nullable Object get(int row) {
            return isNull(row) ? null : Collections.unmodifiableList(elementsOf(row));
        }

        final List<@Nullable Object> elementsOf(int row) {
            int first = first(row);
            int end = end(row);
            List<@Nullable Object> result = new ArrayList<>(end - first);
            for (int i = first; i < end; i++) {
                result.add(elements.get(i));
            }
            return result;
        }

        /** The first element of a row, after a check that the child has all of them. */
        final int first(int row) {
            long first = start.of(row);
            long count = size.of(row);
            if (first < 0 || count < 0 || first > elementCount - count) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        "row " + row + " of the column '" + vector.getName() + "' has " + count + " elements from "
                                + first + " of " + elementCount,
                        "the fault is the sender's");
            }
            return (int) first;
        }

        /** The end of the elements of a row that {@link #first} has checked. */
        final int end(int row) {
            return (int) (start.of(row) + size.of(row));
        }
    }

    /** Maps, which are lists of structs with a key and a value. */
    static final class Maps extends Lists {
        private final ValueReader keys;
        private final ValueReader values;

        Maps(FieldVector vector, Structs entries, RowNumber start, RowNumber size) {
            super(vector, entries, start, size);
            this.keys = entries.children.get(0);
            this.values = entries.children.get(1);
        }

        @Override
        public @Nullable Object get(int row) {
            if (isNull(row)) {
                return null;
            }
            Map<@Nullable Object, @Nullable Object> result = new LinkedHashMap<>();
            int first = first(row);
            int end = end(row);
            for (int i = first; i < end; i++) {
                result.put(keys.get(i), values.get(i));
            }
            return Collections.unmodifiableMap(result);
        }
    }

    static final class Structs extends ValueReader {
        private final FieldVector vector;
        private final List<String> names;
        private final List<ValueReader> children;

        Structs(FieldVector vector, List<Field> fields, List<ValueReader> children) {
            this.vector = vector;
            this.names = FieldTypes.distinctNames(fields);
            this.children = children;
        }

        @Override
        public boolean isNull(int row) {
            return vector.isNull(row);
        }

        @Override
        public @Nullable Object get(int row) {
            if (isNull(row)) {
                return null;
            }
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                result.put(names.get(i), children.get(i).get(row));
            }
            return Collections.unmodifiableMap(result);
        }
    }

    /** Unions: the type of a row tells the child, and its offset the row there. */
    static final class Unions extends ValueReader {
        private final ArrowBuf types;
        private final @Nullable ValueReader[] byType;
        private final RowNumber rowOfChild;
        private final String name;

        Unions(ArrowBuf types, @Nullable ValueReader[] byType, RowNumber rowOfChild, String name) {
            this.types = types;
            this.byType = byType;
            this.rowOfChild = rowOfChild;
            this.name = name;
        }

        private ValueReader child(int row) {
            byte type = types.getByte(row);
            ValueReader child = type < 0 ? null : byType[type];
            if (child == null) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        "the union '" + name + "' has a value of type " + type + ", which its schema does not name",
                        "the fault is the sender's");
            }
            return child;
        }

        /** Not held against the child's count of values: arrow-java sets that to the number of rows of its type. */
        private int rowOfChild(int row) {
            long target = rowOfChild.of(row);
            if (target < 0) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        "row " + row + " of the union '" + name + "' refers to value " + target,
                        "the fault is the sender's");
            }
            return (int) target;
        }

        @Override
        public boolean isNull(int row) {
            return child(row).isNull(rowOfChild(row));
        }

        @Override
        public @Nullable Object get(int row) {
            return child(row).get(rowOfChild(row));
        }
    }

    /** Rows that stand for a row of other values: runs, and indices into a dictionary. */
    static final class References extends ValueReader {
        /** Says that a row is NULL without a look at the values. */
        static final long NULL = Long.MIN_VALUE;

        /** Texts are kept for dictionaries of at most so many values: rows repeat them. */
        private static final int MOST_KEPT = 1 << 16;

        private final RowNumber reference;
        private final ValueReader values;
        private final int valueCount;
        private final String name;
        /** Of texts, which are immutable: threads that race read the same ones. */
        private final @Nullable Object[] kept;

        References(RowNumber reference, ValueReader values, int valueCount, Field field) {
            this.reference = reference;
            this.values = values;
            this.valueCount = valueCount;
            this.name = field.getName();
            boolean keep = FieldTypes.javaType(field) == String.class && valueCount <= MOST_KEPT;
            this.kept = new @Nullable Object[keep ? valueCount : 0];
        }

        private int rowOf(int row) {
            long target = reference.of(row);
            if (target < 0 || target >= valueCount) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        "a row of the column '" + name + "' refers to value " + target + " of " + valueCount,
                        "the fault is the sender's");
            }
            return (int) target;
        }

        @Override
        public boolean isNull(int row) {
            return reference.of(row) == NULL || values.isNull(rowOf(row));
        }

        @Override
        public @Nullable Object get(int row) {
            if (reference.of(row) == NULL) {
                return null;
            }
            int target = rowOf(row);
            if (target >= kept.length) {
                return values.get(target);
            }
            Object value = kept[target];
            if (value == null) {
                value = values.get(target);
                kept[target] = value;
            }
            return value;
        }

        @Override
        public long getLong(int row) {
            return values.getLong(rowOf(row));
        }

        @Override
        public double getDouble(int row) {
            return values.getDouble(rowOf(row));
        }

        @Override
        public boolean getBoolean(int row) {
            return values.getBoolean(rowOf(row));
        }
    }
}
