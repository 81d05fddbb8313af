package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How people type is tested at a pseudo terminal, in clients-it.
final class LineConsoleTest {
    @Test
    void noFailureEndsTheShell() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(InputStream.nullInputStream(), out, out, Terminal.Person.NOWHERE, Map.of());
        boolean goesOn = LineConsole.orShown(terminal, () -> {
            throw new ArithmeticException("scale");
        });
        assertThat(goesOn).isTrue();
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .startsWith("error[INTERNAL]: ")
                .contains("scale");
        assertThat(LineConsole.orShown(terminal, () -> false)).isFalse();
    }
}
