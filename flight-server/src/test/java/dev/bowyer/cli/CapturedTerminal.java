package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A terminal that remembers. One command each.
record CapturedTerminal(Terminal terminal, ByteArrayOutputStream outBytes, ByteArrayOutputStream errBytes) {

    static CapturedTerminal of(String input) {
        return of(input, false);
    }

    static CapturedTerminal interactive() {
        return of("", true);
    }

    private static CapturedTerminal of(String input, boolean interactive) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new Terminal.Person(false, interactive, false),
                Map.of());
        return new CapturedTerminal(terminal, out, err);
    }

    int run(String... args) {
        return Cli.run(terminal, args);
    }

    String out() {
        return outBytes.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return errBytes.toString(StandardCharsets.UTF_8);
    }
}
