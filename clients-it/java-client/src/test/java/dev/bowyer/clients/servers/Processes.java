package dev.bowyer.clients.servers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server as a child process. */
final class Processes implements AutoCloseable {
    /** The first run of a machine downloads what the requirements name. */
    private static final int VENV_SECONDS = 600;

    private static final int START_SECONDS = 120;
    private static final int STOP_SECONDS = 10;
    private static final String END = "\0the output has ended";
    private static final Path CLIENTS = Path.of(System.getProperty("bowyer.root", "../.."))
            .resolve("clients-it")
            .toAbsolutePath();
    private static @Nullable Path programs;

    /** Folder of the Python programs of these tests. */
    static final Path SERVERS = CLIENTS.resolve("java-client/servers");

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final Queue<String> output = new ConcurrentLinkedQueue<>();

    private Processes(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "output of process " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** A program of the virtual environment, such as {@code python}. */
    static synchronized String program(String name) {
        Path folder = programs;
        if (folder == null) {
            try (Processes venv = start(
                    CLIENTS.resolve("venv.sh").toString(),
                    SERVERS.resolve("requirements.txt").toString())) {
                folder = Path.of(
                        venv.await(Pattern.compile("^/.*"), VENV_SECONDS).group());
            }
            programs = folder;
        }
        return folder.resolve("bin").resolve(name).toString();
    }

    static Processes start(String... command) {
        try {
            return new Processes(new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException("Python 3.11 or newer with venv is needed: see clients-it/README.md", e);
        }
    }

    /** Runs a program to its end. */
    static void run(String... command) {
        try (Processes program = start(command)) {
            if (!program.process.waitFor(START_SECONDS, TimeUnit.SECONDS) || program.process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + program.text());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits for a line in which the pattern is found. */
    Matcher await(Pattern pattern) {
        return await(pattern, START_SECONDS);
    }

    private Matcher await(Pattern pattern, int seconds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try {
            while (true) {
                String line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                if (line == null || line.equals(END)) {
                    throw new IllegalStateException(
                            "no line like " + pattern + " within " + seconds + " s, but:\n" + text());
                }
                Matcher matcher = pattern.matcher(line);
                if (matcher.find()) {
                    return matcher;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String text() {
        return String.join("\n", output);
    }

    private void read() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.add(line);
                lines.add(line);
            }
        } catch (IOException e) {
            output.add(e.toString());
        }
        lines.add(END);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
