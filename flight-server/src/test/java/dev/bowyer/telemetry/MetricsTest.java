package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What stands at `/metrics` of a real server.
final class MetricsTest {
    private static final Pattern TYPE = Pattern.compile("^# TYPE (\\S+) (\\S+)$", Pattern.MULTILINE);

    @TempDir
    private Path folder;

    @Test
    void thePageHoldsWhatTheReferenceSaysAndNothingElse() throws Exception {
        try (ObservedServer server = ObservedServer.start(folder)) {
            Set<String> before = families(server.metrics());
            assertThat(before).isSubsetOf(declared()).containsAll(alwaysThere());
            server.run("SELECT * FROM trips", null);
            assertThatThrownBy(() -> server.run("SELECT secret FROM trips", null))
                    .isInstanceOf(StatusRuntimeException.class);
            System.gc();
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(families(server.metrics())).contains("jvm_gc_pause_seconds"));
            String page = server.metrics();
            Set<String> missing = new TreeSet<>(declared());
            missing.removeAll(families(page));
            missing.remove(MeterName.DATASET_NULLS.prometheusName());
            assertThat(missing).isEmpty();
            assertThat(families(page)).isSubsetOf(declared());
            assertThat(page).doesNotContain("SELECT", "secret");
        }
    }

    @Test
    void everySeriesOfQueriesIsThereBeforeTheFirst() throws Exception {
        try (ObservedServer server = ObservedServer.start(folder)) {
            assertThat(server.metrics())
                    .contains("bowyer_queries_total{code=\"NONE\",protocol=\"flight\",state=\"finished\"} 0.0\n")
                    .contains("bowyer_queries_total{code=\"MEMORY_LIMIT\",protocol=\"http\",state=\"failed\"} 0.0\n")
                    .contains("bowyer_queries_total{code=\"CANCELLED\",protocol=\"http\",state=\"cancelled\"} 0.0\n")
                    .contains("bowyer_queries_rejected_total{limit=\"queue-wait\"} 0.0\n")
                    .contains("bowyer_query_duration_seconds_count{protocol=\"http\"} 0\n")
                    .contains("bowyer_query_stalled_seconds_total 0.0\n")
                    .contains("bowyer_connections{protocol=\"flight\"} 0.0\n")
                    .contains("bowyer_ready 1.0\n");
        }
    }

    @Test
    void aQueryIsCountedAndTimed() throws Exception {
        try (ObservedServer server = ObservedServer.start(folder)) {
            server.run("SELECT * FROM trips", null);
            assertThatThrownBy(() -> server.run("SELECT nothing FROM trips", null))
                    .isInstanceOf(StatusRuntimeException.class);
            await().untilAsserted(() -> assertThat(server.metrics())
                    .contains("bowyer_queries_total{code=\"NONE\",protocol=\"flight\",state=\"finished\"} 1.0\n"));
            assertThat(server.metrics())
                    .contains(
                            "bowyer_queries_total{code=\"UNKNOWN_COLUMN\",protocol=\"flight\",state=\"failed\"} 1.0\n")
                    .contains("bowyer_query_rows_total{protocol=\"flight\"} 3.0\n")
                    .contains("bowyer_query_planning_seconds_count{protocol=\"flight\"} 1\n")
                    .contains("bowyer_query_first_batch_seconds_count{protocol=\"flight\"} 1\n")
                    .contains("bowyer_query_duration_seconds_bucket{protocol=\"flight\",le=\"300.0\"} 2\n")
                    .contains("bowyer_connections{protocol=\"flight\"} 1.0\n")
                    .contains("bowyer_connections{protocol=\"http\"} 1.0\n")
                    .contains("bowyer_dataset_files{dataset=\"trips\"} 1.0\n")
                    .contains("bowyer_dataset_schema_drift{dataset=\"trips\"} 0.0\n")
                    .doesNotContain("bowyer_query_bytes_total{protocol=\"flight\"} 0.0");
            assertThat(value(server.metrics(), "bowyer_memory_resident_bytes")).isGreaterThan(10e6);
            assertThat(value(server.metrics(), "bowyer_memory_direct_bytes")).isPositive();
            assertThat(value(server.metrics(), "bowyer_pool_limit_bytes")).isGreaterThan(10e6);
        }
    }

    private static double value(String page, String name) {
        return page.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name));
    }

    private static Set<String> families(String page) throws IOException {
        return TYPE.matcher(page).results().map(match -> match.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> declared() {
        return Arrays.stream(MeterName.values())
                .flatMap(meter -> meter.families().stream())
                .collect(Collectors.toSet());
    }

    private static Set<String> alwaysThere() {
        return Arrays.stream(MeterName.values())
                .filter(MeterName::isAlwaysThere)
                .flatMap(meter -> meter.families().stream())
                .collect(Collectors.toSet());
    }
}
