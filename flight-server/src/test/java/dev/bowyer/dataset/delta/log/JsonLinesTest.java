package dev.bowyer.dataset.delta.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonLinesTest {
    private static JsonLines lines(String text, int pieceBytes, int longest) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new JsonLines(
                "file",
                longest,
                pieceBytes,
                at -> Arrays.copyOfRange(bytes, (int) at, (int) Math.min(at + pieceBytes, bytes.length)));
    }

    private static List<String> all(JsonLines lines) {
        List<String> all = new ArrayList<>();
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            all.add(new String(line, StandardCharsets.UTF_8));
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 100})
    void linesDoNotDependOnThePiecesThatAreRead(int pieceBytes) {
        assertThat(all(lines("ab\n\n \r\nü\nlong", pieceBytes, 4))).containsExactly("ab", "ü", "long");
        assertThat(all(lines("ab\nc\n", pieceBytes, 4))).containsExactly("ab", "c");
        assertThat(all(lines("", pieceBytes, 4))).isEmpty();
    }

    @Test
    void lengthIsLimited() {
        JsonLines lines = lines("1234\n12345\n", 3, 4);
        assertThat(lines.next()).hasSize(4);
        assertThatThrownBy(lines::next).hasMessage("file: line 2 has more than 4 bytes");
    }
}
