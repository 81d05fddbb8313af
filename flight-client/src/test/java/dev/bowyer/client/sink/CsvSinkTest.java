package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvSinkTest {
    private static final int SEEDS = 20;

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    Path folder;

    @AfterEach
    void empty() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @Test
    void duckDbReadsTheSameTexts() throws SQLException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path file = folder.resolve("it's " + seed + ".csv");
            try (MemorySource source = RandomTables.source(allocator, everything(), seed, 1 + seed % 3, 50)) {
                assertThat(CsvSink.file(file).carriageReturns(seed % 2 == 0).read(source))
                        .isEqualTo(source.rows());
                assertThat(readAsText(file, ",", "")).isEqualTo(texts(source));
                assertThat(CsvSink.file(file)
                                .separator('\t')
                                .nullText("NULL")
                                .base64(true)
                                .read(source))
                        .isEqualTo(source.rows());
                List<List<@Nullable String>> read = readAsText(file, "\t", "NULL");
                assertThat(read).hasSize((int) source.rows());
                int word = source.schema().getFields().indexOf(source.schema().findField("words"));
                assertThat(read.stream().map(row -> row.get(word)))
                        .isEqualTo(
                                texts(source).stream().map(row -> row.get(word)).toList());
            }
        }
    }

    @Test
    void duckDbReadsTheSameNumbersAndTimes() throws SQLException {
        List<Field> fields = RandomTables.flat().stream()
                .filter(field ->
                        field.getName().matches("u?int.*|float_DOUBLE|decimal|date|timestamp_MICROSECOND|bool"))
                .toList();
        Path file = folder.resolve("t.csv");
        try (MemorySource source = RandomTables.source(allocator, fields, 42, 2, 200);
                Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            CsvSink.file(file).read(source);
            statement.execute("CREATE TABLE t AS FROM read_csv('" + file + "', columns = {'bool': 'BOOLEAN', "
                    + "'int8': 'TINYINT', 'uint8': 'UTINYINT', 'int16': 'SMALLINT', 'uint16': 'USMALLINT', "
                    + "'int32': 'INTEGER', 'uint32': 'UINTEGER', 'int64': 'BIGINT', 'uint64': 'UBIGINT', "
                    + "'float_DOUBLE': 'DOUBLE', 'decimal': 'DECIMAL(20,5)', 'date': 'DATE', "
                    + "'timestamp_MICROSECOND': 'TIMESTAMP'})");
            DuckDbOracle.assertSame(connection, "t", source);
        }
    }

    @Test
    void nullEmptyAndTheTextForNullAreThreeThings() {
        assertThat(csv(sink -> sink, "a", null, "", "NULL", "x,y", "q\"q", "n\nn"))
                .isEqualTo("s,n\na,1\n,2\n\"\",3\nNULL,4\n\"x,y\",5\n\"q\"\"q\",6\n\"n\nn\",7\n");
        assertThat(csv(sink -> sink.nullText("NULL").header(false), null, "", "NULL"))
                .isEqualTo("NULL,1\n,2\n\"NULL\",3\n");
        assertThat(csv(sink -> sink.separator(';').carriageReturns(true), "x,y", "x;y"))
                .isEqualTo("s;n\r\nx,y;1\r\n\"x;y\";2\r\n");
    }

    @Test
    void aResultWithoutRowsIsAHeader() throws IOException {
        Path file = folder.resolve("t.csv");
        MemorySource source = MemorySource.of(new Schema(RandomTables.encoded()), List.of());
        assertThat(CsvSink.file(file).read(source)).isZero();
        assertThat(file).hasContent("words,more_words,numbers,same_words\n");
        assertThat(CsvSink.file(file).header(false).read(source)).isZero();
        assertThat(file).isEmptyFile();
    }

    @Test
    void failuresLeaveNothing() throws IOException {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        Path file = folder.resolve("t.csv");
        try (MemorySource whole = RandomTables.source(allocator, everything(), 1, 30, 200);
                OutputStream full = new FileOutputStream("/dev/full")) {
            assertThatThrownBy(() -> CsvSink.file(file).read(whole.failing(lost)))
                    .isSameAs(lost);
            assertThatThrownBy(() -> CsvSink.stream(full).read(whole))
                    .isInstanceOfSatisfying(BowyerException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
                        assertThat(e).hasMessageContaining("No space left");
                    });
            assertThat(whole.cancelled).hasValue(1);
            assertThat(whole.handedOut).hasValueLessThan(30);
            assertThat(whole.open).hasValue(0);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void optionsWithoutMeaningAreRefused() {
        CsvSink sink = CsvSink.file(folder.resolve("t.csv"));
        assertThatThrownBy(() -> sink.separator('"')).hasMessageContaining("U+0022");
        assertThatThrownBy(() -> sink.nullText("a,b")).hasMessageContaining("a,b");
        assertThatThrownBy(() -> sink.nullText("-").separator('-')).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.INVALID_ARGUMENT);
            assertThat(e).hasMessageContaining("'-': -");
        });
    }

    private static List<Field> everything() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        return fields;
    }

    private static List<List<@Nullable String>> texts(MemorySource source) {
        ValueText text = new ValueText(ValueText.HEX);
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (Batch batch : source.batches()) {
            for (int row = 0; row < batch.rowCount(); row++) {
                List<@Nullable String> record = new ArrayList<>();
                for (var column : Columns.of(batch)) {
                    Object value = column.get(row);
                    record.add(value == null ? null : text.of(value));
                }
                rows.add(record);
            }
        }
        return rows;
    }

    private static List<List<@Nullable String>> readAsText(Path file, String separator, String nullText)
            throws SQLException {
        String sql = "FROM read_csv('" + file.toString().replace("'", "''") + "', header = true, all_varchar = true, "
                + "auto_detect = false, quote = '\"', escape = '\"', allow_quoted_nulls = false, delim = '" + separator
                + "', nullstr = '" + nullText + "', columns = " + names(file, separator) + ")";
        List<List<@Nullable String>> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            while (result.next()) {
                List<@Nullable String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    row.add(result.getString(i));
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static String names(Path file, String separator) {
        try {
            String header = Files.readAllLines(file).get(0);
            return Stream.of(header.split(separator))
                    .map(name -> "'" + name + "': 'VARCHAR'")
                    .collect(Collectors.joining(", ", "{", "}"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String csv(UnaryOperator<CsvSink> options, @Nullable String... values) {
        Schema schema = new Schema(List.of(
                RandomTables.field("s", new ArrowType.Utf8()), RandomTables.field("n", new ArrowType.Int(32, true))));
        VarCharVector text = new VarCharVector("s", allocator);
        IntVector numbers = new IntVector("n", allocator);
        for (int i = 0; i < values.length; i++) {
            String value = values[i];
            if (value == null) {
                text.setNull(i);
            } else {
                text.setSafe(i, value.getBytes(StandardCharsets.UTF_8));
            }
            numbers.setSafe(i, i + 1);
        }
        text.setValueCount(values.length);
        numbers.setValueCount(values.length);
        List<FieldVector> vectors = List.of(text, numbers);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemorySource source =
                MemorySource.of(schema, List.of(Batch.of(schema, vectors, values.length, Map.of(), 0)))) {
            options.apply(CsvSink.stream(bytes)).read(source);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
