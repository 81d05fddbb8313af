package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeVersion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/// What the engine is given for a version, read back.
record PlannedFiles(LakeFiles.Header header, List<Map<String, @Nullable Object>> files) {
    static PlannedFiles of(LakeVersion version) {
        LakeFiles planned = version.files("trips");
        return new PlannedFiles(planned.header(), rows(planned.files()));
    }

    /// The file whose path ends so.
    Map<String, @Nullable Object> file(String name) {
        return files.stream()
                .filter(file -> String.valueOf(file.get("path")).endsWith(name))
                .findFirst()
                .orElseThrow();
    }

    LakeFiles.Group group(String name) {
        return header.groups().get((Integer) Objects.requireNonNull(file(name).get("group")));
    }

    List<String> names() {
        return files.stream()
                .map(file -> Locations.name(String.valueOf(file.get("path"))))
                .toList();
    }

    static List<Map<String, @Nullable Object>> rows(byte[] stream) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        try (RootAllocator allocator = new RootAllocator();
                ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            while (reader.loadNextBatch()) {
                for (int row = 0; row < reader.getVectorSchemaRoot().getRowCount(); row++) {
                    Map<String, @Nullable Object> values = new LinkedHashMap<>();
                    for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
                        values.put(vector.getName(), value(vector.getObject(row)));
                    }
                    rows.add(values);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }

    private static @Nullable Object value(@Nullable Object value) {
        return value instanceof Text ? value.toString() : value;
    }
}
