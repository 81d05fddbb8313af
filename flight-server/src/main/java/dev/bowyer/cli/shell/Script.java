package dev.bowyer.cli.shell;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/// Statements and commands from a file or a pipe.
public final class Script {
    /// Characters of one line, which may hold many statements.
    static final int MAX_LINE = 16 << 20;

    private Script() {}

    /// Runs them as they come, the last one also without semicolon, and stops at the first failure.
    ///
    /// @return false when the session is to end
    /// @throws dev.bowyer.client.error.BowyerException as [Session#run]
    /// @throws ServiceException as [Session#run]; INVALID_ARGUMENT when a line is too long
    public static boolean run(Session session, BufferedReader lines) throws IOException {
        StatementScanner scanner = new StatementScanner();
        String line;
        while ((line = readLine(lines)) != null) {
            if (!scanner.hasBegun() && Command.begins(line)) {
                if (!session.run(line)) {
                    return false;
                }
            } else {
                scanner.feed(line).forEach(session::runStatement);
            }
        }
        String rest = scanner.takeRest();
        if (!rest.isEmpty()) {
            session.runStatement(rest);
        }
        return true;
    }

    /// As [BufferedReader#readLine], with a limit.
    static @Nullable String readLine(Reader reader) throws IOException {
        StringBuilder line = new StringBuilder();
        int c = reader.read();
        if (c < 0) {
            return null;
        }
        while (c >= 0 && c != '\n') {
            if (line.length() == MAX_LINE) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "a line has more than " + MAX_LINE + " characters: " + line.substring(0, 40) + "...",
                        "break it into lines");
            }
            line.append((char) c);
            c = reader.read();
        }
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
            line.setLength(line.length() - 1);
        }
        return line.toString();
    }
}
