package dev.bowyer.cli;

import dev.bowyer.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The real program in a process of its own.
final class ServerProcess implements AutoCloseable {
    private static final Pattern READY = Pattern.compile(
            ".*?Bowyer is ready: flight=(grpc://\\S+) http=(http://\\S+) datasets=(\\d+) in \\d+\\.\\d s.*");
    private static final long STOP_SECONDS = 30;

    private final Process process;
    private final BufferedReader out;

    private ServerProcess(Process process) {
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    /// @param errors takes what the process writes to stderr
    static ServerProcess start(Path errors, String... args) throws IOException {
        return new ServerProcess(new ProcessBuilder(command(List.of(), args))
                .redirectError(errors.toFile())
                .start());
    }

    /// What runs the program with these arguments.
    static List<String> command(List<String> jvmFlags, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dbowyer.native.library=" + System.getProperty("bowyer.native.library", ""),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(1, jvmFlags);
        command.addAll(List.of(args));
        return command;
    }

    /// Waits for the ready line.
    Ready ready() throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                return new Ready(
                        URI.create(ready.group(1)), URI.create(ready.group(2)), Integer.parseInt(ready.group(3)), line);
            }
        }
        throw new AssertionError("the process ended before it was ready");
    }

    /// Sends SIGTERM.
    ///
    /// @return the exit code
    int stop() throws InterruptedException {
        terminate();
        return exitCode();
    }

    /// Sends SIGTERM.
    void terminate() {
        process.destroy();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Time that its threads have computed.
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    int exitCode() throws InterruptedException {
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("still running");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    record Ready(URI uri, URI http, int datasets, String line) {}
}
