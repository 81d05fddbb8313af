package dev.bowyer.cli.shell;

import dev.bowyer.cli.output.Terminal;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/// A person at a terminal: lines with editing, history and completion. Ctrl-C cancels the statement that
/// runs, or clears what was typed; Ctrl-D ends.
public final class LineConsole {
    private static final String PROMPT = "bowyer> ";

    /// What ends the statement, in the width of the prompt.
    private static final String NEXT_LINES = "%P %M> ";

    private LineConsole() {}

    /// Returns when the person ends the session. Failures of statements are shown.
    public static void run(Session session, Terminal terminal) throws IOException {
        try (org.jline.terminal.Terminal device =
                TerminalBuilder.builder().system(true).nativeSignals(true).build()) {
            device.handle(Signal.INT, signal -> session.cancel());
            LineReader reader = reader(session, terminal, device);
            session.names().refresh();
            boolean goOn = true;
            while (goOn) {
                terminal.out().flush();
                terminal.err().flush();
                goOn = next(session, terminal, reader);
            }
        }
    }

    private static boolean next(Session session, Terminal terminal, LineReader reader) {
        String text;
        try {
            text = reader.readLine(PROMPT);
        } catch (UserInterruptException e) {
            return true;
        } catch (EndOfFileException e) {
            return false;
        }
        return orShown(terminal, () -> session.run(text));
    }

    /// Shows what fails; no failure ends the shell.
    static boolean orShown(Terminal terminal, BooleanSupplier run) {
        try {
            return run.getAsBoolean();
        } catch (BowyerException e) {
            terminal.showError(e.code(), String.valueOf(e.getMessage()), e.hint());
        } catch (ServiceException e) {
            terminal.showError(e.code().name(), String.valueOf(e.getMessage()), e.hint());
        } catch (RuntimeException e) {
            terminal.showError("INTERNAL", e.toString(), "this is a bug; the shell goes on");
        }
        return true;
    }

    private static LineReader reader(Session session, Terminal terminal, org.jline.terminal.Terminal device) {
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .terminal(device)
                .appName("bowyer")
                .parser(new StatementParser())
                .completer(new NameCompleter(session.names()))
                .history(new SavedHistory())
                .option(Option.DISABLE_EVENT_EXPANSION, true)
                .option(Option.CASE_INSENSITIVE, true)
                .option(Option.INSERT_TAB, false)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, NEXT_LINES)
                .variable(LineReader.LIST_MAX, 100)
                .variable(LineReader.HISTORY_SIZE, SavedHistory.MAX_LINES)
                .variable(LineReader.HISTORY_FILE_SIZE, SavedHistory.MAX_LINES);
        try {
            builder.variable(LineReader.HISTORY_FILE, SavedHistory.file(terminal.environment()));
        } catch (IOException e) {
            terminal.err().println("note: no history is kept (" + e.getMessage() + ")");
        }
        return builder.build();
    }
}
