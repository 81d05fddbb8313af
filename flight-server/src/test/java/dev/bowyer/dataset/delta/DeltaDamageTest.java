package dev.bowyer.dataset.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.delta.log.DeltaLimits;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logs that are damaged, not understood or too large: refused with the name of what is wrong.
final class DeltaDamageTest {
    private static final DeltaLimits ALL = DeltaLimits.DEFAULT;

    private static ReadTables tables;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        tables = new ReadTables();
    }

    @AfterAll
    static void stop() {
        tables.close();
    }

    private LogFolder table(String... fields) {
        return LogFolder.at(folder).commit(0, LogFolder.PROTOCOL, LogFolder.metadata("", "", fields));
    }

    private LogFolder configured(String protocol, String configuration) {
        return LogFolder.at(folder)
                .commit(0, "{'protocol':" + protocol + "}", LogFolder.metadata("", configuration, LogFolder.ID));
    }

    private void refused(ErrorCode code, String message) {
        refused(ALL, code, message);
    }

    private void refused(DeltaLimits limits, ErrorCode code, String message) {
        assertThatThrownBy(() -> tables.format(limits)
                        .load(ReadTables.source(folder), null)
                        .files("t"))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Test
    void noTable() {
        refused(ErrorCode.SOURCE_NOT_FOUND, "there is no Delta table: _delta_log has no commits");
    }

    @Test
    void missingCommit() {
        table(LogFolder.ID).commit(1, LogFolder.add("a", "")).commit(3, LogFolder.add("b", ""));
        refused(ErrorCode.SOURCE_INVALID, "Missing delta files: versions are not contiguous: ([0, 1, 3])");
    }

    @Test
    void missingFirstCommit() throws IOException {
        LogFolder log = table(LogFolder.ID).commit(1, LogFolder.add("a", ""));
        Files.delete(log.file(0));
        refused(ErrorCode.SOURCE_INVALID, "Missing delta file version 0");
    }

    @Test
    void damagedJson() {
        table(LogFolder.ID).commit(1, LogFolder.add("a", ""), "", "{'add':{'path':'b',");
        refused(
                ErrorCode.SOURCE_INVALID,
                "_delta_log/00000000000000000001.json: line 3 is damaged: Unexpected end-of-input");
    }

    @Test
    void valuesOfAnotherType() {
        table(LogFolder.ID).commit(1, LogFolder.add("a", "").replace("'size':10", "'size':'ten'"));
        refused(ErrorCode.SOURCE_INVALID, "_delta_log/00000000000000000001.json: line 1 is damaged: ");
    }

    @Test
    void noSchema() {
        LogFolder.at(folder).commit(0, LogFolder.PROTOCOL, LogFolder.add("a", ""));
        refused(ErrorCode.SOURCE_INVALID, "No metadata found at version 0");
    }

    @Test
    void readerVersionOfTheFuture() {
        configured("{'minReaderVersion':4,'minWriterVersion':8}", "");
        refused(ErrorCode.UNSUPPORTED, "the table needs version 4 of the Delta reader protocol");
    }

    @Test
    void featuresAreNamed() {
        configured(
                "{'minReaderVersion':3,'minWriterVersion':7,'readerFeatures':['deletionVectors','zeta'],"
                        + "'writerFeatures':['deletionVectors','zeta']}",
                "");
        refused(ErrorCode.UNSUPPORTED, "the table needs the Delta feature zeta, which is not supported");
    }

    @Test
    void tablesOfACatalog() {
        configured(
                "{'minReaderVersion':3,'minWriterVersion':7,'readerFeatures':['catalogManaged'],"
                        + "'writerFeatures':['catalogManaged','inCommitTimestamp']}",
                "");
        refused(ErrorCode.UNSUPPORTED, "the table needs the Delta feature catalogManaged, which is not supported");
    }

    @Test
    void coordinatedCommits() {
        configured(
                "{'minReaderVersion':1,'minWriterVersion':2}",
                "'delta.coordinatedCommits.commitCoordinator-preview':'dynamodb'");
        refused(ErrorCode.UNSUPPORTED, "the table needs the Delta feature coordinatedCommits");
    }

    @Test
    void typesThatAreNotReadNameTheColumn() {
        table(
                LogFolder.ID,
                "{'name':'s','type':{'type':'struct','fields':[{'name':'x','type':{'type':'array','elementType':"
                        + "'interval','containsNull':true},'nullable':true,'metadata':{}}]},'nullable':true,"
                        + "'metadata':{}}");
        refused(ErrorCode.UNSUPPORTED, "column \"s.x\" is of the Delta type interval, which is not read");
    }

    @Test
    void typesNestedTooDeeply() {
        int levels = 5000;
        String type =
                "{'type':'array','containsNull':true,'elementType':".repeat(levels) + "'long'" + "}".repeat(levels);
        table("{'name':'deep','type':" + type + ",'nullable':true,'metadata':{}}");
        refused(ErrorCode.LIMIT_REACHED, "the schema has types nested deeper than 100");
    }

    @Test
    void idsAreNeededForTheMappingById() {
        configured("{'minReaderVersion':2,'minWriterVersion':5}", "'delta.columnMapping.mode':'id'");
        refused(ErrorCode.SOURCE_INVALID, "column \"id\" has no delta.columnMapping.id");
    }

    @Test
    void damagedCheckpoint() throws IOException {
        LogFolder log = LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_v1"), folder);
        Path checkpoint = log.file("\\d+.checkpoint.parquet");
        byte[] whole = Files.readAllBytes(checkpoint);
        Files.write(checkpoint, Arrays.copyOf(whole, whole.length / 2));
        deleteChecksums(log);
        refused(ErrorCode.SOURCE_INVALID, "_delta_log/" + checkpoint.getFileName() + ": ");
    }

    @Test
    void missingSidecar() throws IOException {
        LogFolder log = LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_v2"), folder);
        Path sidecar = log.file("0+8.checkpoint.0+2.*parquet");
        Files.delete(sidecar);
        refused(ErrorCode.SOURCE_NOT_FOUND, "_delta_log/_sidecars/" + sidecar.getFileName() + ": ");
    }

    @Test
    void missingPartOfACheckpoint() throws IOException {
        LogFolder log = LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_multipart"), folder);
        Files.delete(log.file(".*checkpoint.0+2.*parquet"));
        refused(ErrorCode.SOURCE_INVALID, "Missing checkpoint at version");
    }

    @Test
    void historyThatWasCleanedUp() throws IOException {
        LogFolder log = LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_v1"), folder);
        assertThat(log.file(0)).doesNotExist();
        assertThatThrownBy(() -> tables.load(folder, "1"))
                .isInstanceOfSatisfying(ServiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
                    assertThat(e.hint()).matches("it has the versions [1-9] to 7");
                })
                .hasMessage("version 1 of the table is not there");
    }

    private static void deleteChecksums(LogFolder log) throws IOException {
        try (var files = Files.list(log.log())) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".crc")).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void limitsAreNamed() throws IOException {
        LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_v1"), folder);
        refused(
                limits(1, 1 << 20, 100, 1L << 30, 100, Duration.ofMinutes(1)),
                ErrorCode.LIMIT_REACHED,
                "a listing of _delta_log has more than 1 files");
        refused(
                limits(100, 10, 100, 1L << 30, 100, Duration.ofMinutes(1)),
                ErrorCode.LIMIT_REACHED,
                "line 1 has more than 10 bytes");
        refused(
                limits(100, 1 << 20, 1, 1L << 30, 100, Duration.ofMinutes(1)),
                ErrorCode.LIMIT_REACHED,
                "the checkpoint has more than 1 rows");
        refused(
                limits(100, 1 << 20, 100, 1000, 100, Duration.ofMinutes(1)),
                ErrorCode.LIMIT_REACHED,
                "the files of _delta_log have more than 1000 bytes");
        refused(
                limits(100, 1 << 20, 100, 1L << 30, 2, Duration.ofMinutes(1)),
                ErrorCode.LIMIT_REACHED,
                "the table has more than 2 data files");
        refused(
                limits(100, 1 << 20, 100, 1L << 30, 100, Duration.ZERO),
                ErrorCode.UNAVAILABLE,
                "_delta_log was not read within 0 s");
    }

    @Test
    void memoryThatIsUsedUpIsNoDamage() throws IOException {
        LogFolder.copy(DeltaFixturesTest.FIXTURES.resolve("checkpoint_v1"), folder);
        try (BufferAllocator little = new RootAllocator(16)) {
            outOfMemory(() -> tables.format(little).load(ReadTables.source(folder), null));
        }
        try (BufferAllocator little = new RootAllocator(16)) {
            Path plain = DeltaFixturesTest.FIXTURES.resolve("plain");
            LakeVersion version = tables.format(little).load(ReadTables.source(plain), null);
            outOfMemory(() -> version.files("t"));
            outOfMemory(() -> version.metadata("files"));
            outOfMemory(() -> version.metadata("history"));
        }
    }

    private static void outOfMemory(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_REACHED))
                .hasMessageStartingWith("the memory for lists of data files is used up: Unable to allocate");
    }

    private static DeltaLimits limits(int files, int line, long rows, long bytes, int dataFiles, Duration time) {
        return new DeltaLimits(files, line, rows, bytes, dataFiles, 100, 10, time);
    }
}
