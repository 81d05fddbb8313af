package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.Sink;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UuidVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.extension.UuidType;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpcSinkTest {
    private static final int SEEDS = 60;

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    Path folder;

    @AfterEach
    void empty() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @Test
    void everyTypeComesBackFromBothFormats() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            List<Field> fields = fields();
            try (MemorySource source = RandomTables.source(allocator, fields, seed, seed % 5, 40)) {
                Path file = folder.resolve("t" + seed + ".arrow");
                Path stream = folder.resolve("t" + seed + ".arrows");
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();

                assertThat(IpcSink.file(file).read(source)).isEqualTo(source.rows());
                assertThat(IpcSink.stream(stream).read(source)).isEqualTo(source.rows());
                assertThat(IpcSink.stream(bytes).read(source)).isEqualTo(source.rows());

                List<@Nullable Object> expected = values(source);
                try (ArrowReader reader = new ArrowFileReader(Files.newByteChannel(file), allocator)) {
                    assertThat(values(reader, Encodings.wide(source.schema()))).isEqualTo(expected);
                }
                try (ArrowReader reader = new ArrowStreamReader(Files.newInputStream(stream), allocator)) {
                    assertThat(values(reader, source.schema())).isEqualTo(expected);
                }
                assertThat(bytes.toByteArray()).isEqualTo(Files.readAllBytes(stream));
                assertThat(source.open).hasValue(0);
                assertThat(source.cancelled).hasValue(0);
            }
        }
    }

    @Test
    void aDictionaryThatStaysIsSentOnce() {
        List<Field> fields = RandomTables.encoded();
        try (MemorySource one = RandomTables.source(allocator, fields, 1, 1, 1000);
                MemorySource ten = one.repeated(10)) {
            ByteArrayOutputStream once = new ByteArrayOutputStream();
            ByteArrayOutputStream often = new ByteArrayOutputStream();
            IpcSink.stream(once).read(one);
            IpcSink.stream(often).read(ten);
            Batch batch = one.batches().get(0);
            long rows = batch.vectors().stream()
                    .mapToLong(vector -> vector.getBufferSize())
                    .sum();
            assertThat(often.size() - once.size()).isLessThan((int) (9 * (rows + 1000)));
            assertThat(often.size() - once.size()).isGreaterThan((int) (9 * rows));
        }
    }

    @Test
    void extensionTypesStay() throws IOException {
        UUID id = new UUID(7, -9);
        Schema schema = new Schema(List.of(Field.nullable("id", UuidType.INSTANCE)));
        UuidVector ids = (UuidVector) schema.getFields().get(0).createVector(allocator);
        ids.allocateNew();
        ids.setSafe(0, id);
        ids.setNull(1);
        ids.setValueCount(2);
        Path file = folder.resolve("t.arrow");
        try (MemorySource source = MemorySource.of(schema, List.of(Batch.of(schema, List.of(ids), 2, Map.of(), 0)))) {
            IpcSink.file(file).read(source);
        }
        try (ArrowReader reader = new ArrowFileReader(Files.newByteChannel(file), allocator)) {
            assertThat(reader.loadNextBatch()).isTrue();
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            assertThat(root.getSchema()).isEqualTo(schema);
            assertThat(root.getVector(0).getObject(0)).isEqualTo(id);
            assertThat(root.getVector(0).isNull(1)).isTrue();
        }
    }

    @Test
    void aDictionaryThatNoRowRefersToMayBeMissing() throws IOException {
        Schema schema = new Schema(RandomTables.encoded());
        try (MemorySource source = MemorySource.of(schema, List.of(withoutDictionaries(schema, 3, -1)))) {
            Path file = folder.resolve("t.arrow");
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            assertThat(IpcSink.file(file).read(source)).isEqualTo(3);
            assertThat(IpcSink.stream(bytes).read(source)).isEqualTo(3);
            List<@Nullable Object> nulls =
                    Collections.nCopies(3 * schema.getFields().size(), null);
            try (ArrowReader reader = new ArrowFileReader(Files.newByteChannel(file), allocator)) {
                assertThat(values(reader, Encodings.wide(schema))).isEqualTo(nulls);
            }
            try (ArrowReader reader = new ArrowStreamReader(new ByteArrayInputStream(bytes.toByteArray()), allocator)) {
                assertThat(values(reader, schema)).isEqualTo(nulls);
            }
            assertThat(DflibSink.frame().read(source).getColumn("words")).containsOnlyNulls();
            assertThat(CsvSink.stream(bytes).read(source)).isEqualTo(3);
        }
    }

    @Test
    void anIndexThatIsNotInItsDictionaryIsABadAnswer() {
        Schema schema = new Schema(RandomTables.encoded());
        try (MemorySource source = MemorySource.of(schema, List.of(withoutDictionaries(schema, 3, 1)))) {
            Path file = folder.resolve("t");
            List<Sink<?>> sinks = List.of(
                    IpcSink.file(file),
                    IpcSink.stream(new ByteArrayOutputStream()),
                    ParquetSink.file(file),
                    DflibSink.frame());
            for (Sink<?> sink : sinks) {
                assertThatThrownBy(() -> sink.read(source)).isInstanceOfSatisfying(BowyerException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCodes.BAD_ANSWER);
                    assertThat(e).hasMessageContaining("column words, row 1").hasMessageContaining("value 7");
                });
            }
            assertThat(file).doesNotExist();
        }
    }

    /** All NULL but for the index 7 in one row of the first column. */
    private Batch withoutDictionaries(Schema schema, int rows, int present) {
        List<FieldVector> vectors = new ArrayList<>();
        for (Field field : schema.getFields()) {
            FieldVector vector = Encodings.memory(field).createVector(allocator);
            vector.allocateNew();
            vector.setValueCount(rows);
            vectors.add(vector);
        }
        if (present >= 0) {
            ((TinyIntVector) vectors.get(0)).set(present, 7);
        }
        return Batch.of(schema, vectors, rows, Map.of(), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void decimalsThatVectorsDoNotHoldAreNamed(int width) {
        Schema schema = new Schema(List.of(RandomTables.field("fare", new ArrowType.Decimal(8, 2, width))));
        MemorySource source = MemorySource.of(schema, List.of());
        Path file = folder.resolve("t");
        List<Sink<?>> sinks = List.of(
                IpcSink.file(file), IpcSink.stream(file), IpcSink.messages(bytes -> {}), ParquetSink.file(file));
        for (Sink<?> sink : sinks) {
            assertThatThrownBy(() -> sink.read(source)).isInstanceOfSatisfying(BowyerException.class, e -> {
                assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH);
                assertThat(e).hasMessageContaining("column fare").hasMessageContaining(", " + width + ")");
            });
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void eachMessageIsAStreamOfItsOwn() throws IOException {
        try (MemorySource source = RandomTables.source(allocator, fields(), 7, 3, 20)) {
            List<byte[]> messages = new ArrayList<>();
            assertThat(IpcSink.messages(messages::add).read(source)).isEqualTo(source.rows());
            assertThat(messages).hasSize(3);
            List<@Nullable Object> all = new ArrayList<>();
            for (byte[] message : messages) {
                try (ArrowReader reader = new ArrowStreamReader(new ByteArrayInputStream(message), allocator)) {
                    all.addAll(values(reader, source.schema()));
                }
            }
            assertThat(all).isEqualTo(values(source));
        }
    }

    @Test
    void aResultWithoutBatchesIsOneMessageWithTheSchema() throws IOException {
        MemorySource source = MemorySource.of(new Schema(fields()), List.of());
        List<byte[]> messages = new ArrayList<>();
        assertThat(IpcSink.messages(messages::add).read(source)).isZero();
        assertThat(messages).hasSize(1);
        try (ArrowReader reader = new ArrowStreamReader(new ByteArrayInputStream(messages.get(0)), allocator)) {
            assertThat(values(reader, source.schema())).isEmpty();
        }
    }

    @Test
    void aFailedReadLeavesNothingAndTheOldFile() throws IOException {
        Path file = folder.resolve("t.arrow");
        Files.writeString(file, "old");
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, fields(), 3, 3, 20)) {
            MemorySource source = whole.failing(lost);
            assertThatThrownBy(() -> IpcSink.file(file).read(source)).isSameAs(lost);
            assertThatThrownBy(() -> IpcSink.stream(file).read(source)).isSameAs(lost);
            assertThat(source.open).hasValue(0);
        }
        assertThat(file).hasContent("old");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aTargetThatFailsStopsTheSource() throws IOException {
        try (MemorySource source = RandomTables.source(allocator, fields(), 3, 30, 200);
                OutputStream full = new FileOutputStream("/dev/full")) {
            assertThatThrownBy(() -> IpcSink.stream(full).read(source))
                    .isInstanceOfSatisfying(BowyerException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
                        assertThat(e).hasMessageContaining("No space left");
                    });
            assertThat(source.cancelled).hasValue(1);
            assertThat(source.handedOut).hasValueLessThan(30);
            assertThat(source.open).hasValue(0);
        }
    }

    @Test
    void targetsThatAreNoFilesAreNamed() {
        try (MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 3, 1, 20)) {
            Path nowhere = folder.resolve("no/such/t.arrow");
            for (Path path : List.of(nowhere, folder, Path.of("/dev/null"), Path.of("/"))) {
                assertThatThrownBy(() -> IpcSink.file(path).read(source))
                        .isInstanceOfSatisfying(BowyerException.class, e -> {
                            assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
                            assertThat(e).hasMessageContaining(path.toString());
                        });
            }
            assertThat(Path.of("/dev/null")).exists().isWritable();
            assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
        }
    }

    private static List<Field> fields() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        return fields;
    }

    private static List<@Nullable Object> values(MemorySource source) {
        List<@Nullable Object> values = new ArrayList<>();
        for (Batch batch : source.batches()) {
            for (int row = 0; row < batch.rowCount(); row++) {
                for (int column = 0; column < batch.vectors().size(); column++) {
                    values.add(RandomTables.value(batch, column, row));
                }
            }
        }
        return values;
    }

    private static List<@Nullable Object> values(ArrowReader reader, Schema schema) throws IOException {
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        assertThat(root.getSchema().getCustomMetadata()).isEqualTo(schema.getCustomMetadata());
        assertThat(root.getSchema().getFields())
                .isEqualTo(schema.getFields().stream().map(Encodings::memory).toList());
        List<@Nullable Object> values = new ArrayList<>();
        while (reader.loadNextBatch()) {
            for (int row = 0; row < root.getRowCount(); row++) {
                for (int column = 0; column < schema.getFields().size(); column++) {
                    values.add(Cells.read(schema.getFields().get(column), root.getVector(column), row, id -> {
                        Dictionary dictionary = reader.lookup(id);
                        return dictionary.getVector();
                    }));
                }
            }
        }
        return values;
    }
}
