package dev.bowyer.cli.shell;

import dev.bowyer.cli.output.DatasetTables;
import dev.bowyer.cli.output.QueryRun;
import dev.bowyer.cli.output.RowFormat;
import dev.bowyer.cli.output.RowTarget;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Runs statements and commands one after the other, and keeps what commands have set. For one thread but for
/// [#cancel].
public final class Session implements AutoCloseable {
    /// Files that name each other with `\i`.
    static final int MAX_INCLUDES = 16;

    /// After these, tables may have other names or columns.
    private static final Pattern CHANGES_NAMES =
            Pattern.compile("(?:CREATE|DROP|ALTER|REGISTER|REFRESH)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final BowyerClient client;
    private final Terminal terminal;
    private final NameLoader names;
    private RowFormat format;
    private long rows;
    private boolean expanded;
    private boolean timing;
    private @Nullable Path nextFile;
    private int includes;
    private volatile @Nullable QueryRun running;
    private final Object lock = new Object();
    private @Nullable Thread waiting;
    private boolean interrupted;

    /// @param client stays the caller's
    /// @param format not a binary one
    /// @param rows as of [RowTarget]
    public Session(BowyerClient client, Terminal terminal, RowFormat format, long rows) {
        this.client = client;
        this.terminal = terminal;
        this.names = new NameLoader(client);
        this.format = format;
        this.rows = rows;
    }

    NameLoader names() {
        return names;
    }

    /// Cancels the statement that runs, or the command that waits for the server, if one does. From any thread.
    void cancel() {
        QueryRun run = running;
        if (run != null) {
            run.cancel();
        }
        synchronized (lock) {
            if (waiting != null) {
                waiting.interrupt();
                interrupted = true;
            }
        }
    }

    /// What [#cancel] ends by an interrupt, which is over afterwards.
    ///
    /// @throws BowyerException CANCELLED, or what the server says
    private <T> T waitFor(Supplier<T> request) {
        synchronized (lock) {
            waiting = Thread.currentThread();
        }
        try {
            return request.get();
        } catch (BowyerException e) {
            throw e.code().equals(ErrorCodes.INTERRUPTED)
                    ? new BowyerException(ErrorCodes.CANCELLED, "cancelled while the server was asked", null, e)
                    : e;
        } finally {
            synchronized (lock) {
                waiting = null;
                if (interrupted) {
                    interrupted = false;
                    Thread.interrupted();
                }
            }
        }
    }

    /// Before the client is closed.
    @Override
    public void close() {
        names.close();
    }

    /// Runs all statements of `text`, or the command that it is.
    ///
    /// @return false when the session is to end
    /// @throws BowyerException what the server says; the statements behind it did not run
    /// @throws ServiceException when a command or a file is at fault
    boolean run(String text) {
        if (Command.begins(text)) {
            return run(Command.parse(text));
        }
        StatementScanner scanner = new StatementScanner();
        text.lines().forEach(line -> scanner.feed(line).forEach(this::runStatement));
        String rest = scanner.takeRest();
        if (!rest.isEmpty()) {
            runStatement(rest);
        }
        return true;
    }

    /// @param sql without semicolon
    void runStatement(String sql) {
        RowTarget target = target();
        nextFile = null;
        long started = System.nanoTime();
        QueryRun run = QueryRun.of(client, sql, Map.of());
        running = run;
        try {
            run.write(terminal, target, "\\");
        } finally {
            running = null;
            if (timing) {
                double millis = (System.nanoTime() - started) / 1e6;
                terminal.err().printf(Locale.ROOT, "Time: %.1f ms%n", millis);
            }
        }
        if (CHANGES_NAMES.matcher(sql).matches()) {
            names.refresh();
        }
    }

    private RowTarget target() {
        if (nextFile == null) {
            return new RowTarget(format, null, rows, expanded);
        }
        RowFormat ofFile = RowFormat.ofEnding(nextFile);
        return new RowTarget(ofFile == null ? RowFormat.csv : ofFile, nextFile, 0, false);
    }

    private boolean run(Command.Line line) {
        String argument = line.argument();
        switch (line.command()) {
            case DESCRIBE -> describe(argument);
            case EXPANDED -> {
                expanded = onOrOff("\\x", argument, expanded);
                tell("expanded is " + shown(expanded));
            }
            case FORMAT -> setFormat(argument);
            case ROWS -> setRows(argument);
            case TIMING -> {
                timing = onOrOff("\\timing", argument, timing);
                tell("timing is " + shown(timing));
            }
            case OUTPUT -> setFile(argument);
            case INCLUDE -> {
                return include(argument);
            }
            case REFRESH -> {
                List<Names.Table> tables = waitFor(names::load).tables();
                int columns = tables.stream()
                        .mapToInt(table -> table.columns().size())
                        .sum();
                tell("tables: " + tables.size() + ", columns: " + columns);
            }
            case HELP -> {
                terminal.out().println(Command.help());
                terminal.out().flush();
            }
            case QUIT -> {
                return false;
            }
        }
        return true;
    }

    private void describe(String name) {
        if (name.isEmpty()) {
            DatasetTables.list(waitFor(client::datasets)).print(terminal.out());
        } else {
            String plain = name.indexOf('"') < 0 ? name : name.replace("\"", "");
            DatasetTables.columns(waitFor(() -> client.describe(plain))).print(terminal.out());
        }
        terminal.out().flush();
    }

    private void setFormat(String name) {
        if (!name.isEmpty()) {
            format = Arrays.stream(RowFormat.values())
                    .filter(known -> !known.isBinary() && known.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> invalid(
                            "\\format " + name + " (expected: table, md, csv, json or ndjson)",
                            "arrow and parquet are for files: \\o FILE"));
        }
        tell("format is " + format);
    }

    private void setRows(String number) {
        if (!number.isEmpty()) {
            if (!number.matches("[0-9]{1,9}")) {
                throw invalid("\\rows " + number + " (expected: a number of rows, 0 for all)", null);
            }
            rows = Long.parseLong(number);
        }
        tell(rows == 0 ? "a table shows as many rows as it can" : "a table shows " + rows + " rows");
    }

    private void setFile(String name) {
        Path file = Path.of(unquoted(name));
        if (name.isEmpty() || RowFormat.ofEnding(file) == null) {
            throw invalid(
                    "\\o " + name + " (expected: a file that ends in .csv, .json, .ndjson, .arrow or .parquet)", null);
        }
        nextFile = file;
        tell("the rows of the next statement go to " + file);
    }

    private boolean include(String name) {
        Path file = Path.of(unquoted(name));
        if (name.isEmpty() || !Files.isRegularFile(file)) {
            throw invalid("\\i " + name + " (expected: a file with statements)", null);
        }
        if (includes == MAX_INCLUDES) {
            throw invalid(
                    "\\i " + name + ": more than " + MAX_INCLUDES + " files within each other", "one names itself?");
        }
        includes++;
        try (var reader = Files.newBufferedReader(file)) {
            return Script.run(this, reader);
        } catch (IOException e) {
            throw invalid("\\i " + name + ": cannot be read (" + e.getClass().getSimpleName() + ")", null);
        } finally {
            includes--;
        }
    }

    private static boolean onOrOff(String command, String argument, boolean now) {
        return switch (argument) {
            case "" -> !now;
            case "on" -> true;
            case "off" -> false;
            default -> throw invalid(command + " " + argument + " (expected: on or off)", null);
        };
    }

    private void tell(String text) {
        terminal.err().println("(" + text + ")");
        terminal.err().flush();
    }

    private static String shown(boolean on) {
        return on ? "on" : "off";
    }

    private static String unquoted(String name) {
        return name.replaceFirst("^'(.*)'$", "$1");
    }

    private static ServiceException invalid(String message, @Nullable String hint) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message, hint);
    }
}
