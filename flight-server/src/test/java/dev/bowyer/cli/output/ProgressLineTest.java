package dev.bowyer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.client.frame.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProgressLineTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0 | | 0 | 1 | 0.4 | 0 rows  0 s",
                "1234567 | 1536 | | 0 | 1 | 12 | 1,234,567 rows  1.5KiB  12 s",
                "10 | 0 | 40 | 0 | 1 | 4 | [#####...............]  25%  10 rows  4 s, 12 s left",
                "0 | 0 | 40 | 0 | 1 | 4 | [....................]   0%  0 rows  4 s",
                "10 | 0 | | 2 | 4 | 4 | [##########..........]  50%  10 rows  4 s, 4 s left"
            })
    void text(long rows, long bytes, @Nullable Long total, int partsDone, int parts, double seconds, String expected) {
        OptionalLong totalRows = total == null ? OptionalLong.empty() : OptionalLong.of(total);
        Progress progress = new Progress(rows, bytes, totalRows, partsDone, parts, Duration.ZERO);
        assertThat(ProgressLine.text(progress, (long) (seconds * 1e9))).isEqualTo(expected);
    }

    @Test
    void lineGoesAwayInTheEnd() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ProgressLine line = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        line.update(new Progress(7, 0, OptionalLong.empty(), 0, 1, Duration.ZERO));
        await().until(() -> bytes.toString(StandardCharsets.UTF_8).contains("7 rows"));
        line.close();
        line.close();
        assertThat(bytes.toString(StandardCharsets.UTF_8)).endsWith("\r\u001b[K");
    }

    @Test
    void shortQueriesShowNone() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8)).close();
        assertThat(bytes.size()).isZero();
    }
}
