package dev.bowyer.client.sink;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.compare.Range;
import org.apache.arrow.vector.compare.RangeEqualsVisitor;
import org.apache.arrow.vector.types.pojo.Field;

/** The values of several dictionaries, each once. */
final class UnifiedDictionary implements AutoCloseable {
    private static final int FIRST_SLOTS = 64;

    private final FieldVector values;
    private int size;
    /** Open addressing by hash of the value: its place and one, 0 where free; at most half full. */
    private int[] slots = new int[FIRST_SLOTS];

    /** @param field of the values, see {@link Encodings#values} */
    UnifiedDictionary(Field field, BufferAllocator allocator) {
        this.values = field.createVector(allocator);
        values.setValueCount(0);
    }

    FieldVector values() {
        return values;
    }

    /** Adds what is new in {@code more}; returns the place of each of its values. */
    int[] add(FieldVector more) {
        RangeEqualsVisitor equal = new RangeEqualsVisitor(values, more, (left, right) -> true);
        Range range = new Range(0, 0, 1);
        int[] places = new int[more.getValueCount()];
        for (int i = 0; i < places.length; i++) {
            range.setRightStart(i);
            places[i] = place(more, i, equal, range);
        }
        return places;
    }

    private int place(FieldVector more, int index, RangeEqualsVisitor equal, Range range) {
        int slot = slot(more, index);
        while (slots[slot] != 0) {
            if (equal.rangeEquals(range.setLeftStart(slots[slot] - 1))) {
                return slots[slot] - 1;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        values.copyFromSafe(index, size, more);
        size++;
        values.setValueCount(size);
        slots[slot] = size;
        if (size * 2 > slots.length) {
            grow();
        }
        return size - 1;
    }

    private void grow() {
        slots = new int[slots.length * 2];
        for (int i = 0; i < size; i++) {
            int slot = slot(values, i);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = i + 1;
        }
    }

    private int slot(FieldVector vector, int index) {
        int hash = vector.hashCode(index) * 0x9E3779B9; // spreads the hashes of small integers, which are themselves
        return (hash ^ (hash >>> 16)) & (slots.length - 1);
    }

    @Override
    public void close() {
        values.close();
    }
}
