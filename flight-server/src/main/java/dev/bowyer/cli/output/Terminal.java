package dev.bowyer.cli.output;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a command reads and writes.
///
/// @param person which of them a person sits at
/// @param environment all variables
public record Terminal(
        InputStream in, PrintStream out, PrintStream err, Person person, Map<String, String> environment) {

    /// Which of the three streams are a terminal.
    public record Person(boolean types, boolean readsOutput, boolean readsErrors) {
        public static final Person NOWHERE = new Person(false, false, false);
    }

    /// The process's own. The launcher says which are terminals, since the JDK can tell only of stdin and stdout
    /// together.
    public static Terminal ofProcess() {
        PrintStream out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                false,
                StandardCharsets.UTF_8);
        Person person = new Person(
                Boolean.getBoolean("bowyer.stdin.terminal"),
                Boolean.getBoolean("bowyer.stdout.terminal"),
                Boolean.getBoolean("bowyer.stderr.terminal"));
        return new Terminal(System.in, out, System.err, person, System.getenv());
    }

    /// Shows a failure as `error[CODE]: message`, and the next step below it.
    ///
    /// All of it may come from a server, and is made visible.
    public void showError(String code, String message, @Nullable String hint) {
        out.flush();
        err.println("error[" + VisibleText.oneLine(code) + "]: " + VisibleText.lines(message));
        if (hint != null) {
            err.println("hint: " + VisibleText.lines(hint));
        }
        err.flush();
    }
}
