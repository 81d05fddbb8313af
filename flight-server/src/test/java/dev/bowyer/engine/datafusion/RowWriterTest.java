package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RowWriterTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "csv|'n\n1\n2\n3\n'",
                "ndjson|'{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n'",
                "json|'[{\"n\":1},{\"n\":2},{\"n\":3}]'"
            })
    void textHoldsTheRowsOfAllCalls(String format, String expected) throws IOException {
        assertThat(write(format)).hasContent(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "arrow"})
    void binaryFilesAreWhole(String format) throws IOException {
        String magic = format.equals("parquet") ? "PAR1" : "ARROW1";
        byte[] file = Files.readAllBytes(write(format));
        assertThat(new String(file, StandardCharsets.ISO_8859_1))
                .startsWith(magic)
                .endsWith(magic);
    }

    @Test
    void unknownFormatsAreRefused() {
        assertThatThrownBy(() -> RowWriter.toFile("xlsx", folder.resolve("rows.xlsx")))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("xlsx");
    }

    @Test
    void closingWithoutFinishingIsAllowedTwice() throws IOException {
        RowWriter writer = RowWriter.toFile("csv", folder.resolve("rows.csv"));
        writer.write(stream(1));
        writer.close();
        writer.close();
        byte[] more = stream(2);
        assertThatThrownBy(() -> writer.write(more))
                .satisfies(e -> assertThat(((ServiceException) e).code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    private Path write(String format) throws IOException {
        Path file = folder.resolve("rows." + format);
        try (RowWriter writer = RowWriter.toFile(format, file)) {
            writer.write(stream(1, 2));
            writer.write(stream(3));
            writer.finish();
        }
        return file;
    }

    private static byte[] stream(int... values) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                IntVector vector = new IntVector("n", allocator);
                VectorSchemaRoot root = new VectorSchemaRoot(List.of(vector));
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            vector.allocateNew(values.length);
            for (int i = 0; i < values.length; i++) {
                vector.set(i, values[i]);
            }
            root.setRowCount(values.length);
            writer.writeBatch();
            writer.end();
        }
        return bytes.toByteArray();
    }
}
