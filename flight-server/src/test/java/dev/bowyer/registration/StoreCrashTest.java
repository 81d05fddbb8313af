package dev.bowyer.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that writes one registration after the other, and its end at any moment.
final class StoreCrashTest {
    @TempDir
    private Path folder;

    /// Writes states of 1, 2, 3, ... registrations, and says each when it is written; ends when one cannot
    /// be.
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            @SuppressWarnings("resource") // the end of the process frees it
            RegistrationStore store = RegistrationStore.open(Path.of(args[0]));
            List<Registration> all = new ArrayList<>();
            for (int number = 0; ; number++) {
                all.add(RegistrationStoreTest.registration("d" + number));
                try {
                    store.write(all);
                } catch (ServiceException e) {
                    System.out.println("failed after " + number + ": " + e.describe());
                    return;
                }
                System.out.println(number + 1);
                System.out.flush();
            }
        }
    }

    private ProcessBuilder writer(String... shell) {
        List<String> command = new ArrayList<>(List.of(shell));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                folder.toString()));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    }

    /// The lock is the system's: it holds between processes, and goes with the one that had it.
    @Test
    void whileAnotherProcessHasTheFolderNobodyElseGetsIt() throws IOException, InterruptedException {
        Process process = writer().start();
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isEqualTo("1");
            assertThatThrownBy(() -> RegistrationStore.open(folder))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            told -> assertThat(told.code()).isEqualTo(ErrorCode.INVALID_CONFIG))
                    .hasMessageContaining("another server");
            process.toHandle().destroyForcibly();
        }
        process.waitFor();
        RegistrationStore.open(folder).close();
    }

    @RepeatedTest(4)
    void killedAtAnyMomentItLosesNothingThatWasTold() throws IOException, InterruptedException {
        Process process = writer().start();
        int told = 0;
        int enough = 20 + new Random().nextInt(80);
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            while (told < enough) {
                told = Integer.parseInt(out.readLine());
            }
            // Not by the process itself, which would close the pipe with what it still told.
            process.toHandle().destroyForcibly();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                told = Integer.parseInt(line);
            }
        }
        process.waitFor();
        try (RegistrationStore store = RegistrationStore.open(folder)) {
            assertThat(store.problems()).isEmpty();
            assertThat(store.registrations().size()).isBetween(told, told + 1);
            assertThat(store.registrations())
                    .isEqualTo(first(store.registrations().size()));
        }
    }

    /// No file of the process may be larger than 32 KiB: the write fails in its middle, as on a full disk.
    @Test
    void whenTheDiskIsFullTheLastGoodStateStays() throws IOException, InterruptedException {
        Process process =
                writer("bash", "-c", "ulimit -f 32; exec \"$@\"", "writer").start();
        String last = "";
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = line;
            }
        }
        assertThat(process.waitFor()).isZero();
        assertThat(last).matches("failed after [0-9]+: UNAVAILABLE: the change cannot be remembered.*");
        int written = Integer.parseInt(last.replaceAll("failed after ([0-9]+):.*", "$1"));
        assertThat(written).isPositive();
        try (RegistrationStore store = RegistrationStore.open(folder)) {
            assertThat(store.problems()).isEmpty();
            assertThat(store.registrations()).isEqualTo(first(written));
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsOnly(RegistrationStore.FILE, RegistrationStore.PREVIOUS, RegistrationStore.LOCK);
        }
    }

    private static List<Registration> first(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> RegistrationStoreTest.registration("d" + number))
                .toList();
    }
}
