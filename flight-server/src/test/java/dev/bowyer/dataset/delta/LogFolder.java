package dev.bowyer.dataset.delta;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;

/// A table whose log is written by hand. There are no data files.
record LogFolder(Path table) {
    static final String PROTOCOL = "{'protocol':{'minReaderVersion':1,'minWriterVersion':2}}";
    static final String ID = "{'name':'id','type':'long','nullable':true,'metadata':{}}";

    static LogFolder at(Path table) {
        LogFolder folder = new LogFolder(table);
        try {
            Files.createDirectories(folder.log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    /// With a copy of the log of `original`.
    static LogFolder copy(Path original, Path table) throws IOException {
        LogFolder folder = at(table);
        Path from = original.resolve("_delta_log");
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = folder.log().resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return folder;
    }

    Path log() {
        return table.resolve("_delta_log");
    }

    Path file(long version) {
        return log().resolve("%020d.json".formatted(version));
    }

    /// The one whose name matches.
    Path file(String pattern) throws IOException {
        try (Stream<Path> files = Files.walk(log())) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// @param actions JSON with `'` in place of `"`
    LogFolder commit(long version, String... actions) {
        return write("%020d.json".formatted(version), String.join("\n", actions).replace('\'', '"') + "\n");
    }

    LogFolder write(String name, String text) {
        try {
            Files.writeString(log().resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    LogFolder made(long version, String moment) throws IOException {
        Files.setLastModifiedTime(file(version), FileTime.from(Instant.parse(moment)));
        return this;
    }

    /// @param fields JSON of the fields, with `'` in place of `"`
    static String metadata(String partitions, String configuration, String... fields) {
        String schema = "{'type':'struct','fields':[" + String.join(",", fields) + "]}";
        return "{'metaData':{'id':'m','format':{'provider':'parquet','options':{}},'schemaString':'"
                + schema.replace("\\", "\\\\").replace("'", "\\'")
                + "','partitionColumns':[" + partitions + "],'configuration':{" + configuration + "}}}";
    }

    static String add(String path, String more) {
        return "{'add':{'path':'" + path + "','partitionValues':{},'size':10,'modificationTime':1,'dataChange':true"
                + more + "}}";
    }
}
