package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ScriptTest {
    @Test
    void linesAreAsOfABufferedReader() throws IOException {
        Reader reader = new StringReader("a\r\n\nb\rc");
        assertThat(Script.readLine(reader)).isEqualTo("a");
        assertThat(Script.readLine(reader)).isEmpty();
        assertThat(Script.readLine(reader)).isEqualTo("b\rc");
        assertThat(Script.readLine(reader)).isNull();
    }

    @Test
    @Timeout(30)
    void lineWithoutEndIsRefused() {
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> Script.readLine(new Endless()))
                .withMessageContaining("more than " + Script.MAX_LINE + " characters: xxxx")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    private static final class Endless extends Reader {
        @Override
        public int read(char[] target, int offset, int length) {
            Arrays.fill(target, offset, offset + length, 'x');
            return length;
        }

        @Override
        public void close() {}
    }
}
