package dev.bowyer.client.random;

import dev.bowyer.client.random.RandomTable.Dictionaries;
import dev.bowyer.client.random.RandomTable.Rows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** One part of a table as columns' buffers: its batches, and the dictionaries that go before each. */
final class PartEncoder {
    private final RandomTable table;
    private final RandomGenerator random;
    private final RandomValues garbage;
    /** What has been sent of each dictionary, in its order. */
    private final Map<Long, Map<@Nullable Object, Integer>> sent = new LinkedHashMap<>();

    /**
     * A dictionary to send.
     *
     * @param field of its values, without the encoding
     * @param delta whether it is appended to what was sent before
     */
    record DictionaryRows(long id, Field field, int count, ColumnEncoder column, boolean delta) {}

    /** A batch, and what is sent before it. */
    record Step(List<DictionaryRows> dictionaries, int rows, ColumnEncoder columns) {}

    PartEncoder(RandomTable table, int part) {
        this.table = table;
        random = new SplittableRandom(table.seed() * 31 + part);
        garbage = new RandomValues(random);
    }

    /** The steps of the part; to be called once. */
    List<Step> steps(List<Rows> part) {
        List<Step> steps = new ArrayList<>();
        boolean once = table.dictionaries() == Dictionaries.ONCE;
        for (int batch = 0; batch < part.size(); batch++) {
            List<DictionaryRows> before = List.of();
            if (batch == 0 || !once) {
                before = dictionaries(once ? part : List.of(part.get(batch)), batch == 0);
            }
            Rows rows = part.get(batch);
            ColumnEncoder columns = new ColumnEncoder(random, garbage, sent);
            for (int column = 0; column < rows.columns().size(); column++) {
                columns.encode(
                        table.schema().getFields().get(column), rows.columns().get(column));
            }
            steps.add(new Step(before, rows.count(), columns));
        }
        return steps;
    }

    private List<DictionaryRows> dictionaries(List<Rows> batches, boolean first) {
        Map<Long, Field> fields = new LinkedHashMap<>();
        Map<Long, Set<@Nullable Object>> wanted = new HashMap<>();
        for (int column = 0; column < table.schema().getFields().size(); column++) {
            List<@Nullable Object> values = new ArrayList<>();
            for (Rows batch : batches) {
                values.addAll(batch.columns().get(column));
            }
            collect(table.schema().getFields().get(column), values, fields, wanted);
        }
        if (table.dictionaries() == Dictionaries.REPLACED) {
            sent.clear();
        }
        List<DictionaryRows> dictionaries = new ArrayList<>();
        fields.forEach((id, field) -> {
            boolean delta = !first && table.dictionaries() == Dictionaries.DELTA;
            List<@Nullable Object> added = added(id, wanted.getOrDefault(id, Set.of()));
            // No batch of the part looks into it yet, so it may be left out.
            boolean unused = added.isEmpty() && !table.stock() && random.nextBoolean();
            if (!unused && !(delta && added.isEmpty())) {
                ColumnEncoder column = new ColumnEncoder(random, garbage, sent);
                column.encode(field, added);
                dictionaries.add(new DictionaryRows(id, field, added.size(), column, delta));
            }
        });
        return dictionaries;
    }

    private List<@Nullable Object> added(long id, Set<@Nullable Object> values) {
        Map<@Nullable Object, Integer> places = sent.computeIfAbsent(id, i -> new LinkedHashMap<>());
        List<@Nullable Object> added = new ArrayList<>(values);
        added.removeAll(places.keySet());
        Collections.shuffle(added, new Random(random.nextLong()));
        added.forEach(value -> places.put(value, places.size()));
        return added;
    }

    /** Dictionaries within the values of others come first: that is the order to send them in. */
    private void collect(
            Field field,
            List<? extends @Nullable Object> values,
            Map<Long, Field> fields,
            Map<Long, Set<@Nullable Object>> wanted) {
        if (field.getDictionary() != null) {
            long id = field.getDictionary().getId();
            collect(RandomFields.valuesOf(field), values, fields, wanted);
            fields.put(id, RandomFields.valuesOf(field));
            wanted.computeIfAbsent(id, i -> new LinkedHashSet<>()).addAll(values);
            return;
        }
        for (int child = 0; child < field.getChildren().size(); child++) {
            List<@Nullable Object> below = new ArrayList<>();
            for (Object value : values) {
                if (value != null) {
                    below.addAll(below(field.getType(), value, child));
                }
            }
            collect(field.getChildren().get(child), below, fields, wanted);
        }
    }

    private static List<? extends @Nullable Object> below(ArrowType type, Object value, int child) {
        return switch (type.getTypeID()) {
            case Struct -> Collections.singletonList(((List<?>) value).get(child));
            case Union -> {
                Tagged tagged = (Tagged) value;
                boolean here = ((ArrowType.Union) type).getTypeIds()[child] == tagged.typeId();
                yield here ? Collections.singletonList(tagged.value()) : List.of();
            }
            case RunEndEncoded -> child == 0 ? List.of() : Collections.singletonList(value);
            default -> (List<?>) value;
        };
    }
}
