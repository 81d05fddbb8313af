package dev.bowyer.client.random;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as the nodes and buffers of a record batch, by the format's own text. What the format leaves open is
 * chosen at random: what lies under nulls, absent validity, where lists begin and in which order views lie, how runs
 * are
 * cut.
 */
final class ColumnEncoder {
    private static final int INLINE_VIEW = 12;

    private final RandomGenerator random;
    private final RandomValues garbage;
    private final Map<Long, Map<@Nullable Object, Integer>> indices;

    final List<ArrowFieldNode> nodes = new ArrayList<>();
    final List<byte[]> buffers = new ArrayList<>();
    final List<Long> variadicCounts = new ArrayList<>();

    /** @param indices of the values of dictionaries, by id */
    ColumnEncoder(RandomGenerator random, RandomValues garbage, Map<Long, Map<@Nullable Object, Integer>> indices) {
        this.random = random;
        this.garbage = garbage;
        this.indices = indices;
    }

    /** Appends one column. */
    void encode(Field field, List<? extends @Nullable Object> values) {
        if (field.getDictionary() != null) {
            encodeIndices(field, values);
            return;
        }
        ArrowType type = RandomFields.stored(field.getType());
        switch (type.getTypeID()) {
            case Null -> nodes.add(new ArrowFieldNode(values.size(), values.size()));
            case Struct -> encodeStruct(field, values);
            case List, Map -> encodeList(field, values, Integer.BYTES);
            case LargeList -> encodeList(field, values, Long.BYTES);
            case ListView -> encodeListView(field, values, Integer.BYTES);
            case LargeListView -> encodeListView(field, values, Long.BYTES);
            case FixedSizeList -> encodeFixedSizeList(field, values, ((ArrowType.FixedSizeList) type).getListSize());
            case Union -> encodeUnion(field, values, (ArrowType.Union) type);
            case RunEndEncoded -> encodeRuns(field, values);
            case Bool -> encodeBits(values);
            case Utf8, Binary -> encodeBytes(values, Integer.BYTES);
            case LargeUtf8, LargeBinary -> encodeBytes(values, Long.BYTES);
            case Utf8View, BinaryView -> encodeViews(values);
            default -> encodeFixedWidth(type, values);
        }
    }

    private void encodeIndices(Field field, List<? extends @Nullable Object> values) {
        ArrowType.Int type = RandomFields.indexType(field.getDictionary());
        Map<@Nullable Object, Integer> places =
                indices.getOrDefault(field.getDictionary().getId(), new HashMap<>());
        List<@Nullable Object> found = new ArrayList<>();
        for (Object value : values) {
            // Both say null: no index, and the index of a null.
            boolean asIndex = value != null || !field.isNullable() || random.nextBoolean();
            Integer place = asIndex ? places.get(value) : null;
            found.add(place == null ? null : (Long) place.longValue());
        }
        validity(found);
        LittleEndian data = new LittleEndian();
        for (Object index : found) {
            // Under a null there may lie no index at all, so zero is not asked for either.
            data.put(index == null ? random.nextInt(100) : (Long) index, type.getBitWidth() / 8);
        }
        buffers.add(data.toBytes());
    }

    private void encodeStruct(Field field, List<? extends @Nullable Object> values) {
        validity(values);
        for (int child = 0; child < field.getChildren().size(); child++) {
            Field childField = field.getChildren().get(child);
            List<@Nullable Object> column = new ArrayList<>();
            for (Object row : values) {
                column.add(row == null ? hidden(childField) : ((List<?>) row).get(child));
            }
            encode(childField, column);
        }
    }

    private void encodeList(Field field, List<? extends @Nullable Object> values, int offsetWidth) {
        Field item = field.getChildren().get(0);
        validity(values);
        List<@Nullable Object> items = new ArrayList<>();
        int skipped = skipped(values, item);
        for (int i = 0; i < skipped; i++) {
            items.add(hidden(item));
        }
        LittleEndian offsets = new LittleEndian().put(skipped, offsetWidth);
        for (Object list : values) {
            items.addAll(list == null ? List.of() : (List<?>) list);
            offsets.put(items.size(), offsetWidth);
        }
        buffers.add(values.isEmpty() && random.nextBoolean() ? new byte[0] : offsets.toBytes());
        encode(item, items);
    }

    /** Items before the first list, which the format allows. */
    private int skipped(List<?> values, Field item) {
        boolean hideable = item.getDictionary() == null || item.isNullable();
        return !values.isEmpty() && hideable && random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 0;
    }

    private void encodeListView(Field field, List<? extends @Nullable Object> values, int width) {
        Field item = field.getChildren().get(0);
        validity(values);
        List<@Nullable Object> items = new ArrayList<>();
        long[] starts = new long[values.size()];
        boolean backwards = random.nextBoolean();
        for (int i = 0; i < starts.length; i++) {
            int row = backwards ? starts.length - 1 - i : i;
            starts[row] = items.size();
            Object list = values.get(row);
            items.addAll(list == null ? List.of() : (List<?>) list);
        }
        LittleEndian offsets = new LittleEndian();
        LittleEndian sizes = new LittleEndian();
        for (int row = 0; row < starts.length; row++) {
            Object list = values.get(row);
            offsets.put(starts[row], width);
            sizes.put(list == null ? 0 : ((List<?>) list).size(), width);
        }
        buffers.add(offsets.toBytes());
        buffers.add(sizes.toBytes());
        encode(item, items);
    }

    private void encodeFixedSizeList(Field field, List<? extends @Nullable Object> values, int size) {
        Field item = field.getChildren().get(0);
        validity(values);
        List<@Nullable Object> items = new ArrayList<>();
        for (Object list : values) {
            for (int i = 0; i < size; i++) {
                items.add(list == null ? hidden(item) : ((List<?>) list).get(i));
            }
        }
        encode(item, items);
    }

    private void encodeUnion(Field field, List<? extends @Nullable Object> values, ArrowType.Union type) {
        boolean dense = type.getMode() == UnionMode.Dense;
        LittleEndian typeIds = new LittleEndian();
        LittleEndian offsets = new LittleEndian();
        List<List<@Nullable Object>> members = new ArrayList<>();
        field.getChildren().forEach(child -> members.add(new ArrayList<>()));
        for (Object value : values) {
            Tagged tagged = (Tagged) Objects.requireNonNull(value);
            typeIds.put(tagged.typeId(), 1);
            for (int member = 0; member < members.size(); member++) {
                if (type.getTypeIds()[member] == tagged.typeId()) {
                    offsets.put(members.get(member).size(), Integer.BYTES);
                    members.get(member).add(tagged.value());
                } else if (!dense) {
                    members.get(member).add(hidden(field.getChildren().get(member)));
                }
            }
        }
        nodes.add(new ArrowFieldNode(values.size(), 0));
        buffers.add(typeIds.toBytes());
        if (dense) {
            buffers.add(offsets.toBytes());
        }
        for (int member = 0; member < members.size(); member++) {
            encode(field.getChildren().get(member), members.get(member));
        }
    }

    private void encodeRuns(Field field, List<? extends @Nullable Object> values) {
        List<Long> ends = new ArrayList<>();
        List<@Nullable Object> runs = new ArrayList<>();
        for (int row = 0; row < values.size(); row++) {
            Object value = values.get(row);
            boolean more = !runs.isEmpty() && Objects.equals(runs.get(runs.size() - 1), value);
            // Equal neighbours may be two runs.
            if (more && random.nextInt(4) > 0) {
                ends.remove(ends.size() - 1);
            } else {
                runs.add(value);
            }
            ends.add(row + 1L);
        }
        nodes.add(new ArrowFieldNode(values.size(), 0));
        encode(field.getChildren().get(0), ends);
        encode(field.getChildren().get(1), runs);
    }

    private void encodeBits(List<? extends @Nullable Object> values) {
        validity(values);
        byte[] bits = new byte[(values.size() + 7) / 8];
        for (int row = 0; row < values.size(); row++) {
            Object value = values.get(row) == null ? random.nextBoolean() : values.get(row);
            bits[row / 8] |= (byte) (Boolean.TRUE.equals(value) ? 1 << row % 8 : 0);
        }
        buffers.add(bits);
    }

    private void encodeBytes(List<? extends @Nullable Object> values, int offsetWidth) {
        validity(values);
        LittleEndian data = new LittleEndian();
        if (!values.isEmpty() && random.nextInt(8) == 0) {
            data.put("before".getBytes(StandardCharsets.UTF_8));
        }
        LittleEndian offsets = new LittleEndian().put(data.size(), offsetWidth);
        for (Object value : values) {
            data.put(value == null ? new byte[0] : bytes(value));
            offsets.put(data.size(), offsetWidth);
        }
        buffers.add(values.isEmpty() && random.nextBoolean() ? new byte[0] : offsets.toBytes());
        buffers.add(data.toBytes());
    }

    private void encodeViews(List<? extends @Nullable Object> values) {
        validity(values);
        LittleEndian views = new LittleEndian();
        List<LittleEndian> blocks = new ArrayList<>();
        for (Object value : values) {
            byte[] bytes = value == null ? new byte[0] : bytes(value);
            views.put(bytes.length, Integer.BYTES);
            if (bytes.length <= INLINE_VIEW) {
                views.put(bytes).put(new byte[INLINE_VIEW - bytes.length]);
                continue;
            }
            if (blocks.isEmpty() || random.nextInt(4) == 0) {
                blocks.add(new LittleEndian());
            }
            int block = random.nextInt(blocks.size());
            views.put(Arrays.copyOf(bytes, Integer.BYTES))
                    .put(block, Integer.BYTES)
                    .put(blocks.get(block).size(), Integer.BYTES);
            blocks.get(block).put(bytes);
        }
        buffers.add(views.toBytes());
        blocks.forEach(block -> buffers.add(block.toBytes()));
        variadicCounts.add((long) blocks.size());
    }

    private void encodeFixedWidth(ArrowType type, List<? extends @Nullable Object> values) {
        validity(values);
        LittleEndian data = new LittleEndian();
        for (Object value : values) {
            if (value == null) {
                for (int i = FixedWidths.bytes(type); i > 0; i--) {
                    data.put(random.nextInt(256), 1);
                }
            } else if (value instanceof Long number) {
                data.put(number, FixedWidths.bytes(type));
            } else if (value instanceof BigDecimal decimal) {
                data.put(decimal.unscaledValue(), FixedWidths.bytes(type));
            } else if (value instanceof Octets octets) {
                data.put(octets.bytes());
            } else {
                interval((ArrowType.Interval) type, (List<?>) value, data);
            }
        }
        buffers.add(data.toBytes());
    }

    private static void interval(ArrowType.Interval type, List<?> parts, LittleEndian data) {
        for (int part = 0; part < parts.size(); part++) {
            boolean nanos = type.getUnit() == IntervalUnit.MONTH_DAY_NANO && part == 2;
            data.put((Long) parts.get(part), nanos ? Long.BYTES : Integer.BYTES);
        }
    }

    private void validity(List<? extends @Nullable Object> values) {
        byte[] bits = new byte[(values.size() + 7) / 8];
        int nulls = 0;
        for (int row = 0; row < values.size(); row++) {
            if (values.get(row) == null) {
                nulls++;
            } else {
                bits[row / 8] |= (byte) (1 << row % 8);
            }
        }
        nodes.add(new ArrowFieldNode(values.size(), nulls));
        buffers.add(nulls == 0 && random.nextBoolean() ? new byte[0] : bits);
    }

    /** A value where none is looked at; of a dictionary's column one that is in the dictionary, or null. */
    private @Nullable Object hidden(Field field) {
        if (field.getDictionary() == null) {
            return garbage.value(field);
        }
        Map<@Nullable Object, Integer> places =
                indices.getOrDefault(field.getDictionary().getId(), Map.of());
        return places.isEmpty() ? null : places.keySet().iterator().next();
    }

    private static byte[] bytes(Object value) {
        return value instanceof Octets octets ? octets.bytes() : ((String) value).getBytes(StandardCharsets.UTF_8);
    }
}
