package dev.bowyer.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RegistrationStoreTest {
    @TempDir
    private Path folder;

    static Registration registration(String name) {
        String json =
                "{\"name\":\"" + name + "\",\"from\":\"/data/" + name + "/\",\"format\":\"csv\",\"refresh\":\"60s\","
                        + "\"partitions\":[\"day\"],\"csv\":{\"delimiter\":\";\",\"header\":false}}";
        return Registration.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Registration> several(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> registration("d" + number))
                .toList();
    }

    /// What a server finds at its start.
    private record Found(List<Registration> registrations, List<ServiceException> problems) {}

    private static Found found(Path folder) {
        try (RegistrationStore store = RegistrationStore.open(folder)) {
            return new Found(store.registrations(), store.problems());
        }
    }

    private static void write(Path folder, List<List<Registration>> states) {
        try (RegistrationStore store = RegistrationStore.open(folder)) {
            states.forEach(store::write);
        }
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        List<Registration> all = List.of(
                registration("trips"),
                registration("sales.orders"),
                Registration.parse("{\"name\":\"t\",\"catalog\":\"lake\",\"table\":\"a.b.c\",\"as-of\":17}"
                        .getBytes(StandardCharsets.UTF_8)));
        write(folder, List.of(all));
        Found again = found(folder);
        assertThat(again.registrations()).isEqualTo(all);
        assertThat(again.problems()).isEmpty();
    }

    @Test
    void aFolderIsMadeAndStartsEmpty() {
        Found store = found(folder.resolve("a/b"));
        assertThat(store.registrations()).isEmpty();
        assertThat(store.problems()).isEmpty();
    }

    /// Torn at any length, or with a byte that is another one.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 10, 50, 90, 99})
    void aDamagedFileIsReportedAndTheOneBeforeItIsUsed(int percent) throws IOException {
        write(folder, List.of(several(2), several(3)));
        Path file = folder.resolve(RegistrationStore.FILE);
        byte[] good = Files.readAllBytes(file);
        for (byte[] bad : List.of(torn(good, percent), garbled(good, percent))) {
            Files.write(file, bad);
            Found again = found(folder);
            assertThat(again.registrations()).isEqualTo(several(2));
            assertThat(again.problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem)
                            .hasMessageContaining("registrations.json in the data folder is damaged")
                            .hasMessageContaining("the one before it is used"));
        }
    }

    private static byte[] torn(byte[] good, int percent) {
        return java.util.Arrays.copyOf(good, good.length * percent / 100);
    }

    /// A byte of the datasets, since what stands before them is not theirs.
    private static byte[] garbled(byte[] good, int percent) {
        byte[] bad = good.clone();
        int from = new String(good, StandardCharsets.UTF_8).indexOf("\"from\"");
        int at = from + (good.length - 10 - from) * percent / 100;
        while (Character.isWhitespace(bad[at])) {
            at++;
        }
        bad[at] ^= 1;
        return bad;
    }

    @Test
    void aDamagedFileIsKeptForPeopleAndTheNextWriteIsGood() throws IOException {
        write(folder, List.of(several(1), several(2)));
        Files.writeString(folder.resolve(RegistrationStore.FILE), "{\"version\":");
        write(folder, List.of(several(4)));
        assertThat(folder.resolve(RegistrationStore.DAMAGED)).hasContent("{\"version\":");
        Found again = found(folder);
        assertThat(again.problems()).isEmpty();
        assertThat(again.registrations()).isEqualTo(several(4));
    }

    @Test
    void whenBothAreDamagedThatIsSaidAndNothingIsRestored() throws IOException {
        write(folder, List.of(several(1), several(2)));
        Files.writeString(folder.resolve(RegistrationStore.FILE), "");
        Files.writeString(folder.resolve(RegistrationStore.PREVIOUS), "[]");
        Found again = found(folder);
        assertThat(again.registrations()).isEmpty();
        assertThat(again.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem).hasMessageContaining("no dataset is restored"));
    }

    @Test
    void aLostFileIsReported() throws IOException {
        write(folder, List.of(several(1), several(2)));
        Files.delete(folder.resolve(RegistrationStore.FILE));
        Found again = found(folder);
        assertThat(again.registrations()).isEqualTo(several(1));
        assertThat(again.problems())
                .singleElement()
                .satisfies(problem -> assertThat(problem).hasMessageContaining("is gone"));
    }

    @Test
    void aFileOfANewerServerIsNotTouched() throws IOException {
        Path file = folder.resolve(RegistrationStore.FILE);
        String newer = "{\"version\":2,\"sha256\":\"\",\"datasets\":[]}";
        Files.writeString(file, newer);
        assertThatThrownBy(() -> RegistrationStore.open(folder))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("has version 2 (expected: at most 1)");
        assertThat(file).hasContent(newer);
    }

    @Test
    void aFolderThatIsAFileIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> RegistrationStore.open(file.resolve("below")))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("server.data-folder: ")
                .hasMessageContaining("cannot be used");
    }

    /// What stands for a folder that became read-only: its place is taken by a file.
    @Test
    void aFailedWriteIsToldAndForgotten() throws IOException {
        Path place = folder.resolve("data");
        try (RegistrationStore store = RegistrationStore.open(place)) {
            store.write(several(1));
            Path moved = Files.move(place, folder.resolve("moved"));
            Files.writeString(place, "");
            assertThatThrownBy(() -> store.write(several(2)))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("cannot be remembered, so it was not made")
                    .hasMessageNotContaining(folder.toString());
            Files.delete(place);
            Files.move(moved, place);
            assertThat(place.resolve(RegistrationStore.FILE))
                    .content()
                    .contains("d0")
                    .doesNotContain("d1");
            store.write(several(3));
        }
        assertThat(found(place).registrations()).isEqualTo(several(3));
    }

    @Test
    void aFolderIsOfOneServer() {
        try (RegistrationStore store = RegistrationStore.open(folder)) {
            store.write(several(1));
            assertThatThrownBy(() -> RegistrationStore.open(folder))
                    .isInstanceOf(ServiceException.class)
                    .hasMessage("server.data-folder: " + folder + " is used by another server that runs");
        }
        assertThat(found(folder).registrations()).isEqualTo(several(1));
    }
}
