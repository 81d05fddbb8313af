package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.frame.value.SampleTypes;
import dev.bowyer.client.frame.value.SampleVectors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random operations on random frames give what they give on lists. */
class FramePropertyTest {
    private static final int CASES = 500;
    private static final int STEPS = 6;
    private static final int MOST_ROWS = 60;

    /** Columns of values, as they should be. */
    private record Model(List<Field> fields, List<List<Object>> columns) {
        int rows() {
            return columns.get(0).size();
        }

        Model slice(int from, int to) {
            return new Model(
                    fields,
                    columns.stream().map(column -> column.subList(from, to)).toList());
        }

        Model select(List<Integer> places) {
            return new Model(
                    places.stream().map(fields::get).toList(),
                    places.stream().map(columns::get).toList());
        }
    }

    @Test
    void framesBehaveAsLists() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            try (BufferAllocator allocator = new RootAllocator()) {
                run(random, allocator, "seed " + seed);
                assertThat(allocator.getAllocatedMemory()).as("seed %d", seed).isZero();
            }
        }
    }

    private static void run(Random random, BufferAllocator allocator, String seed) {
        List<Field> fields = new ArrayList<>(SampleTypes.all());
        Collections.shuffle(fields, random);
        fields = fields.subList(0, 1 + random.nextInt(4));
        SampleFrames frames = new SampleFrames(allocator);
        List<List<Object>> columns = new ArrayList<>();
        int rows = 1 + random.nextInt(MOST_ROWS);
        for (Field field : fields) {
            List<@Nullable Object> values = SampleTypes.values(field, rows, random);
            frames.add(field, values);
            columns.add(values.stream().map(SampleVectors::plain).toList());
        }
        Model model = new Model(fields, columns);
        ArrowFrame frame = frames.frame(1 + random.nextInt(rows));
        for (int step = 0; step < STEPS; step++) {
            assertSame(frame, model, seed + " step " + step);
            ArrowFrame next;
            switch (random.nextInt(4)) {
                case 0 -> {
                    int from = random.nextInt(model.rows() + 1);
                    int to = from + random.nextInt(model.rows() - from + 1);
                    next = frame.slice(from, to - from);
                    model = model.slice(from, to);
                }
                case 1 -> {
                    List<Integer> places = new ArrayList<>();
                    for (int i = 0; i < model.fields().size(); i++) {
                        places.add(i);
                    }
                    Collections.shuffle(places, random);
                    places = places.subList(0, 1 + random.nextInt(places.size()));
                    List<Field> all = model.fields();
                    next = frame.select(places.stream()
                            .map(place -> all.get(place).getName())
                            .toArray(String[]::new));
                    model = model.select(places);
                }
                case 2 -> next = frame.unified();
                default -> next = ArrowFrame.readAll(frame.stream());
            }
            frame.close();
            frame = next;
        }
        assertSame(frame, model, seed);
        frame.close();
    }

    private static void assertSame(ArrowFrame frame, Model model, String what) {
        assertThat(frame.rowCount()).as(what).isEqualTo(model.rows());
        for (int i = 0; i < model.fields().size(); i++) {
            List<Object> values = new ArrayList<>();
            Column column = frame.column(i);
            for (long row = 0; row < frame.rowCount(); row++) {
                values.add(SampleVectors.plain(column.get(row)));
            }
            assertThat(values)
                    .as("%s column %s", what, column)
                    .isEqualTo(model.columns().get(i));
        }
        assertThat(frame.toText(4)).startsWith(model.rows() + " row");
    }
}
