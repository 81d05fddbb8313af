package dev.bowyer.dataset.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which versions there are, and what becomes of the list of files.
final class DeltaLogTest {
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

    private LogFolder threeVersions() {
        return LogFolder.at(folder)
                .commit(0, LogFolder.PROTOCOL, LogFolder.metadata("", "", LogFolder.ID), LogFolder.add("a", ""))
                .commit(1, LogFolder.add("b", ""))
                .commit(2, "{'remove':{'path':'a','dataChange':true}}", LogFolder.add("c", ""));
    }

    private List<String> paths(String version) {
        return tables.files(tables.load(folder, version)).stream()
                .map(file -> file.text("path").substring(LocalStores.url(folder).length()))
                .sorted()
                .toList();
    }

    @Test
    void eachVersionHasItsFiles() {
        threeVersions();
        assertThat(paths("0")).containsExactly("a");
        assertThat(paths("1")).containsExactly("a", "b");
        assertThat(paths("2")).containsExactly("b", "c");
        assertThat(tables.load(folder, null).id()).isEqualTo("2");
    }

    @Test
    void momentsAreThoseOfTheFiles() throws IOException {
        threeVersions()
                .made(0, "2024-01-01T00:00:00Z")
                .made(1, "2024-01-02T00:00:00Z")
                .made(2, "2024-01-03T00:00:00Z");
        assertThat(tables.load(folder, "2024-01-01").id()).isEqualTo("0");
        assertThat(tables.load(folder, "2024-01-02 23:59:59").id()).isEqualTo("1");
        assertThat(tables.load(folder, "2024-01-03T01:00:00+01:00").id()).isEqualTo("2");
        assertThat(tables.load(folder, "2030-01-01").id()).isEqualTo("2");
        refused("2023-12-31", ErrorCode.SOURCE_NOT_FOUND, "the table has no version of 2023-12-31T00:00:00Z");
    }

    @Test
    void aVersionThatIsNotThereIsToldWithThoseThatAre() {
        threeVersions();
        Assertions.assertThatThrownBy(() -> tables.load(folder, "7"))
                .isInstanceOfSatisfying(dev.bowyer.error.ServiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
                    assertThat(e.hint()).isEqualTo("it has the versions 0 to 2");
                })
                .hasMessage("version 7 of the table is not there");
        notThere("9999999999", "it has the versions 0 to 2");
        notThere(Long.toString(Long.MAX_VALUE), "it has the versions 0 to 2");
        refused("main", ErrorCode.UNSUPPORTED, "version \"main\": a Delta table has no branches and tags");
    }

    @Test
    void aNewerVersionIsFoundByOneListing() {
        LogFolder log = threeVersions();
        DeltaVersion known = tables.load(folder, null);
        tables.stores.calls.clear();
        assertThat(tables.format().newer(ReadTables.source(folder), known)).isEmpty();
        assertThat(tables.stores.calls).containsExactly("list _delta_log");
        log.commit(3, LogFolder.add("d", ""));
        assertThat(tables.format().newer(ReadTables.source(folder), known))
                .hasValueSatisfying(version -> assertThat(version.id()).isEqualTo("3"));
        assertThat(tables.format().newer(ReadTables.source(folder), tables.load(folder, "1")))
                .isEmpty();
    }

    @Test
    void eachFileOfTheLogIsReadOnce() {
        threeVersions();
        tables.stores.calls.clear();
        DeltaVersion version = tables.load(folder, null);
        assertThat(tables.stores.calls)
                .containsExactly(
                        "read _last_checkpoint",
                        "list _delta_log",
                        "read 00000000000000000002.json",
                        "read 00000000000000000001.json",
                        "read 00000000000000000000.json");
        tables.stores.calls.clear();
        assertThat(tables.files(version)).hasSize(2);
        assertThat(tables.stores.calls).hasSize(3);
    }

    @Test
    void aTableMadeAnewIsNewerThanTheOldOne() throws IOException {
        LogFolder log = threeVersions();
        DeltaVersion known = tables.load(folder, null);
        log.commit(2, LogFolder.add("anew", ""));
        Files.setLastModifiedTime(log.file(2), FileTime.fromMillis(1));
        assertThat(tables.format().newer(ReadTables.source(folder), known))
                .hasValueSatisfying(version -> assertThat(version.id()).isEqualTo("2"));
    }

    @Test
    void aKnownVersionKeepsItsFilesWhileTheTableMovesOn() {
        LogFolder log = threeVersions();
        DeltaVersion known = tables.load(folder, null);
        log.commit(3, "{'remove':{'path':'b','dataChange':true}}");
        assertThat(tables.files(known)).hasSize(2);
    }

    @Test
    void pathsAreDecodedAndNeverClimb() {
        LogFolder log = threeVersions();
        log.commit(3, LogFolder.add("p=a%20b%253Ac/x", ""), LogFolder.add("file:/elsewhere/y", ""));
        List<String> found = tables.files(tables.load(folder, null)).stream()
                .map(file -> file.text("path"))
                .toList();
        assertThat(found).contains(LocalStores.url(folder) + "p=a b%253Ac/x", "file:///elsewhere/y");
        log.commit(4, LogFolder.add("../other/z", ""));
        Assertions.assertThatThrownBy(() -> tables.files(tables.load(folder, null)))
                .hasMessage("path \"../other/z\" in the Delta log (expected: one without \".\" and \"..\")");
    }

    @Test
    void aHintThatIsDamagedIsPassedOver() {
        LogFolder log = threeVersions();
        for (String hint : List.of("", "{", "[]", "{\"version\":1}", "{\"version\":9999999999,\"size\":1}")) {
            log.write("_last_checkpoint", hint);
            long began = System.nanoTime();
            assertThat(tables.load(folder, null).id()).isEqualTo("2");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(1));
        }
    }

    /// The engine wants the column all the same: it does not look for it in the files.
    @Test
    void partitionValuesMayAllBeNull() {
        LogFolder.at(folder)
                .commit(
                        0,
                        LogFolder.PROTOCOL,
                        LogFolder.metadata(
                                "'day'",
                                "",
                                LogFolder.ID,
                                "{'name':'day','type':'date','nullable':true,'metadata':{}}"),
                        LogFolder.add("x", "").replace("'partitionValues':{}", "'partitionValues':{'day':null}"));
        DeltaVersion version = tables.load(folder, null);
        assertThat(tables.columns(version.files("t").files())).contains("constant:1");
        assertThat(tables.files(version))
                .singleElement()
                .satisfies(file -> assertThat(file.get("constant:1")).isNull());
    }

    @Test
    void partitionValuesThatAreNoneAreRefused() {
        LogFolder.at(folder)
                .commit(
                        0,
                        LogFolder.PROTOCOL,
                        LogFolder.metadata(
                                "'day'",
                                "",
                                LogFolder.ID,
                                "{'name':'day','type':'date','nullable':true,'metadata':{}}"),
                        LogFolder.add("x", "").replace("'partitionValues':{}", "'partitionValues':{'day':'tomorrow'}"));
        Assertions.assertThatThrownBy(() -> tables.files(tables.load(folder, null)))
                .hasMessage("data file \"x\" in the Delta log has the value \"tomorrow\" of partition column \"day\""
                        + " (expected: date)");
    }

    @Test
    void vectorsMayLieAnywhere() {
        String vector = ",'deletionVector':{'storageType':'%s','pathOrInlineDv':'%s','offset':4,'sizeInBytes':40,"
                + "'cardinality':6}";
        LogFolder.at(folder)
                .commit(
                        0,
                        "{'protocol':{'minReaderVersion':3,'minWriterVersion':7,'readerFeatures':['deletionVectors'],"
                                + "'writerFeatures':['deletionVectors']}}",
                        LogFolder.metadata("", "", LogFolder.ID),
                        LogFolder.add("a", vector.formatted("u", "ab^-aqEH.-t@S}K{vb[*k^")),
                        LogFolder.add("b", vector.formatted("p", "s3a://lake/x%20y/dv.bin")),
                        LogFolder.add("c", vector.formatted("x", "what")));
        Assertions.assertThatThrownBy(() -> tables.files(tables.load(folder, null)))
                .hasMessage("data file \"c\" in the Delta log has a deletion vector that cannot be located");
        LogFolder.at(folder)
                .commit(
                        1,
                        "{'remove':{'path':'c','dataChange':true,'deletionVector':"
                                + vector.formatted("x", "what").substring(",'deletionVector':".length()) + "}}");
        assertThat(tables.files(tables.load(folder, null)))
                .extracting(file -> file.get("dv_path"))
                .containsExactlyInAnyOrder(
                        LocalStores.url(folder) + "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin",
                        "s3://lake/x y/dv.bin");
    }

    private void notThere(String version, String hint) {
        tables.stores.calls.clear();
        Assertions.assertThatThrownBy(() -> tables.load(folder, version))
                .isInstanceOfSatisfying(dev.bowyer.error.ServiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
                    assertThat(e.hint()).isEqualTo(hint);
                })
                .hasMessage("version " + version + " of the table is not there");
        assertThat(tables.stores.calls).hasSizeLessThan(5);
    }

    @Test
    void aVersionInAGapIsNotThere() {
        threeVersions().commit(4, LogFolder.add("e", "")).commit(5, LogFolder.add("f", ""));
        notThere("3", "it has the versions 0 to 2, 4 to 5");
        notThere("6", "it has the versions 0 to 2, 4 to 5");
        refused(
                "4",
                ErrorCode.SOURCE_INVALID,
                "the Delta log is damaged: Missing delta files: versions are not contiguous: ([0, 1, 2, 4])");
    }

    @Test
    void aVersionOfNoTableIsNotThere() {
        refused("1", ErrorCode.SOURCE_NOT_FOUND, "there is no Delta table: _delta_log has no commits");
    }

    @Test
    void versionsOfATableMadeAnewHaveAnotherIdentity() throws IOException {
        threeVersions().made(1, "2024-01-01T00:00:00Z").made(2, "2024-01-03T00:00:00Z");
        DeltaVersion newest = tables.load(folder, null);
        DeltaVersion pinned = tables.load(folder, "1");
        assertThat(pinned.identity())
                .startsWith("m@1@" + Instant.parse("2024-01-01T00:00:00Z").toEpochMilli());
        assertThat(tables.load(folder, "1").identity()).isEqualTo(pinned.identity());
        assertThat(pinned.files("t").header().version()).isEqualTo(pinned.identity());
        Source.Lake source = new Source.Lake(Source.TableFormat.DELTA, LocalStores.url(folder), null, AsOf.parse("1"));
        assertThat(tables.format().newer(source, pinned)).isEmpty();

        threeVersions().made(1, "2024-01-02T00:00:00Z").made(2, "2024-01-04T00:00:00Z");
        assertThat(tables.load(folder, "1").id()).isEqualTo(pinned.id());
        assertThat(tables.load(folder, "1").identity()).isNotEqualTo(pinned.identity());
        assertThat(tables.load(folder, null).identity()).isNotEqualTo(newest.identity());
        assertThat(tables.format().newer(source, pinned))
                .hasValueSatisfying(version -> assertThat(version.id()).isEqualTo("1"));
        // With fewer commits than before.
        Files.delete(folder.resolve("_delta_log/00000000000000000001.json"));
        Files.delete(folder.resolve("_delta_log/00000000000000000002.json"));
        Assertions.assertThatThrownBy(() -> tables.format().newer(source, pinned))
                .hasMessage("version 1 of the table is not there");
    }

    /// Files of the same size and time differ by their tags.
    @Test
    void tagsOfCommitsCount() throws IOException {
        LogFolder log = threeVersions().made(2, "2024-01-01T00:00:00Z");
        tables.stores.tag = "\"one\"";
        DeltaVersion known = tables.load(folder, null);
        assertThat(tables.format().newer(ReadTables.source(folder), known)).isEmpty();
        tables.stores.tag = "\"two\"";
        assertThat(tables.format().newer(ReadTables.source(folder), known)).isPresent();
        assertThat(log.file(2)).isRegularFile();
        tables.stores.tag = null;
    }

    private void refused(String version, ErrorCode code, String message) {
        Assertions.assertThatThrownBy(() -> tables.load(folder, version))
                .isInstanceOfSatisfying(
                        dev.bowyer.error.ServiceException.class,
                        e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(message);
    }
}
