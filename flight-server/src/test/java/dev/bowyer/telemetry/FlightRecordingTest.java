package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.query.Origin;
import dev.bowyer.query.Query;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FlightRecordingTest {
    @TempDir
    private Path folder;

    @Test
    void aQueryIsRecorded() throws IOException {
        Path file = folder.resolve("queries.jfr");
        Query query;
        try (Recording recording = new Recording()) {
            for (String event : List.of("QueryPlanned", "QueryQueued", "QueryRun", "StreamStall")) {
                recording.enable("dev.bowyer." + event);
            }
            recording.start();
            try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ZERO)) {
                query = queries.run("SELECT n FROM numbers", Origin.HTTP);
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.hasField("queryId") && query.id().equals(event.getString("queryId")))
                .toList();
        assertThat(events)
                .extracting(event -> event.getEventType().getName())
                .contains("dev.bowyer.QueryPlanned", "dev.bowyer.QueryRun");
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("dev.bowyer.QueryRun"))
                .singleElement()
                .satisfies(run -> {
                    assertThat(run.getLong("rows")).isEqualTo(3);
                    assertThat(run.getString("outcome")).isEqualTo("finished");
                    assertThat(run.getString("traceId"))
                            .isEqualTo(query.identity().trace().traceId());
                    assertThat(run.getDuration()).isPositive();
                });
    }
}
