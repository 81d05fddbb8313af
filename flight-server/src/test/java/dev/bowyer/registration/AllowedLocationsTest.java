package dev.bowyer.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AllowedLocationsTest {
    @TempDir
    private Path folder;

    private Path below = Path.of("/");
    private AllowedLocations locations = new AllowedLocations(List.of(), Set.of());

    @BeforeEach
    void makeFolders() throws IOException {
        below = Files.createDirectories(folder.resolve("data"));
        Files.createDirectories(below.resolve("trips/day=1"));
        Files.writeString(below.resolve("trips/day=1/a.csv"), "a\n1\n");
        Files.createDirectories(folder.resolve("data-secret"));
        Files.writeString(folder.resolve("data-secret/b.csv"), "a\n1\n");
        locations = new AllowedLocations(List.of(below), Set.of("s3://lake/public/", "https://files.example/"));
    }

    private void check(String location) {
        locations.check(new Source.Files(location, null, null, Source.CsvOptions.DEFAULT));
        locations.check(new Source.Lake(null, location, null, null));
    }

    private void refused(String location) {
        for (Source source : List.of(
                new Source.Files(location, null, null, Source.CsvOptions.DEFAULT),
                new Source.Lake(null, location, null, null))) {
            assertThatThrownBy(() -> locations.check(source))
                    .as(location)
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/trips",
                "/trips/",
                "/trips/day=1/a.csv",
                "/trips/*/*.csv",
                "/trips/day=[12]/a.csv",
                "/*.parquet"
            })
    void localFilesBelowAFolder(String rest) {
        assertThatCode(() -> check(below + rest)).doesNotThrowAnyException();
        assertThatCode(() -> check("file://" + below + rest)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../data-secret/b.csv",
                "/trips/../../data-secret/b.csv",
                "/./trips",
                "-secret/b.csv",
                "/%2e%2e/data-secret/b.csv",
                "/trips%2f..%2f..%2fdata-secret",
                "/*/../../data-secret/b.csv",
                "/trips\\..\\..",
                "/trips/\u0000",
                "/trips/\n"
            })
    void waysOutOfIt(String rest) {
        refused(below + rest);
        refused("file://" + below + rest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "file:///etc/passwd",
                "file:/etc/passwd",
                "file:etc/passwd",
                "FILE:///etc/passwd",
                "file://localhost/etc/passwd",
                "etc/passwd",
                "../etc/passwd",
                "~/x",
                "/",
                "/*",
                "/proc/self/environ",
                "s3://lake/private/x.parquet",
                "s3://lake/publicity/x.parquet",
                "s3://lake/public/../private/x.parquet",
                "s3://lake/public/%2e%2e/private/x.parquet",
                "s3://lake/public/.%2E/private/x.parquet",
                "s3://lake/public/%252e%252e/private/x.parquet",
                "s3a://lake/private/x",
                "s3://other/x",
                "https://files.example.evil.org/x.csv",
                "https://files.example@evil.org/x.csv",
                "https://evil.org/#https://files.example/",
                "http://169.254.169.254/latest/meta-data/",
                "http://127.0.0.1:8816/v1/connect",
                "gopher://x/"
            })
    void whatLiesElsewhere(String location) {
        refused(location);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3://lake/public/",
                "s3://lake/public",
                "s3a://lake/public/trips/*.parquet",
                "https://files.example/a.csv"
            })
    void urlsBelowAStore(String location) {
        assertThatCode(() -> check(location)).doesNotThrowAnyException();
    }

    @Test
    void linksCountAsWhatTheyLeadTo() throws IOException {
        Files.createSymbolicLink(below.resolve("out"), folder.resolve("data-secret"));
        refused(below + "/out");
        refused(below + "/out/b.csv");
        refused(below + "/out/*.csv");
        // A folder that holds such a link, however deep.
        refused(below.toString());
        refused(below + "/*/*.csv");
        assertThatCode(() -> check(below + "/trips")).doesNotThrowAnyException();
        Files.createSymbolicLink(below.resolve("trips/again"), below.resolve("trips/day=1/a.csv"));
        assertThatCode(() -> check(below + "/trips")).doesNotThrowAnyException();
        Files.createSymbolicLink(below.resolve("trips/nowhere"), below.resolve("gone"));
        refused(below + "/trips");
    }

    @Test
    void aFolderThatIsALinkItselfIsTheFolder() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), below);
        locations = new AllowedLocations(List.of(link), Set.of());
        assertThatCode(() -> check(link + "/trips")).doesNotThrowAnyException();
        assertThatCode(() -> check(below + "/trips")).doesNotThrowAnyException();
    }

    @Test
    void whatIsNotThereIsNotFoundBelowAndDeniedElsewhere() {
        assertThatThrownBy(() -> check(below + "/nothing"))
                .isInstanceOfSatisfying(
                        ServiceException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND));
        refused(folder + "/nothing");
    }

    @Test
    void withoutFoldersNoLocalFileIsTaken() {
        locations = new AllowedLocations(List.of(), Set.of("s3://lake/public/"));
        refused(below + "/trips");
    }
}
