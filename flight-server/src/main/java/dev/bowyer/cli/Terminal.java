package dev.bowyer.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Where a command reads and writes.
///
/// @param interactive whether `out` is a terminal that a person looks at
/// @param environment all variables
public record Terminal(
        InputStream in, PrintStream out, PrintStream err, boolean interactive, Map<String, String> environment) {

    /// The process's own. The launcher says whether it is interactive, since the JDK can tell only of stdin and stdout
    /// together.
    public static Terminal ofProcess() {
        PrintStream out = new PrintStream(
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
                false,
                StandardCharsets.UTF_8);
        return new Terminal(System.in, out, System.err, Boolean.getBoolean("bowyer.stdout.terminal"), System.getenv());
    }
}
