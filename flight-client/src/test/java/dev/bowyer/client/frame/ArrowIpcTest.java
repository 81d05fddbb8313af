package dev.bowyer.client.frame;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.SampleTypes;
import dev.bowyer.client.frame.value.SampleVectors;
import dev.bowyer.client.frame.value.ValueReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What a frame streams is what arrow-java writes and reads as Arrow IPC. */
class ArrowIpcTest {
    private static final int ROWS = 41;

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @TestFactory
    List<DynamicTest> slicesOfEveryTypeTravel() {
        return SampleTypes.all().stream()
                .filter(field -> !isNarrowDecimal(field) && !field.getName().equals("Dense union with ids"))
                .map(field -> DynamicTest.dynamicTest(field.getName(), () -> slicesTravel(field)))
                .toList();
    }

    /**
     * arrow-java writes them as if they were of 128 bits; and of a dense union whose type ids do not ascend, it writes the schema
     * in their order and the buffers in that of the children.
     */
    private static boolean isNarrowDecimal(Field field) {
        return field.getType() instanceof ArrowType.Decimal decimal && decimal.getBitWidth() < 128;
    }

    private void slicesTravel(Field field) throws IOException {
        Random random = new Random(field.getName().hashCode());
        List<@Nullable Object> values = SampleTypes.values(field, ROWS, random);
        List<Object> expected = values.stream().map(SampleVectors::plain).toList();
        try (ArrowFrame frame = new SampleFrames(allocator).add(field, values).frame()) {
            for (int offset : new int[] {0, 1, 8, 13}) {
                try (ArrowFrame slice = frame.slice(offset, 25);
                        BatchStream stream = slice.stream();
                        Batch batch = stream.iterator().next()) {
                    assertThat(read(field, write(batch))).isEqualTo(expected.subList(offset, offset + 25));
                }
            }
        }
    }

    private static byte[] write(Batch batch) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        MapDictionaryProvider dictionaries = new MapDictionaryProvider();
        batch.dictionaries().values().forEach(shared -> dictionaries.put(shared.dictionary()));
        List<Field> fields =
                batch.schema().getFields().stream().map(FieldTypes::vectorField).toList();
        // not closed: the vectors are the batch's
        VectorSchemaRoot root = new VectorSchemaRoot(fields, batch.vectors(), batch.rowCount());
        try (ArrowStreamWriter writer = new ArrowStreamWriter(root, dictionaries, out)) {
            writer.start();
            writer.writeBatch();
            writer.end();
        }
        return out.toByteArray();
    }

    private List<Object> read(Field field, byte[] stream) throws IOException {
        List<Object> values = new ArrayList<>();
        try (ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            while (reader.loadNextBatch()) {
                VectorSchemaRoot root = reader.getVectorSchemaRoot();
                ValueReader column = ValueReader.of(field, root.getVector(0), reader.getDictionaryVectors()::get);
                for (int row = 0; row < root.getRowCount(); row++) {
                    values.add(SampleVectors.plain(column.get(row)));
                }
            }
        }
        return values;
    }
}
