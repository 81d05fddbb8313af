package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.Origin;
import dev.bowyer.query.Query;
import dev.bowyer.telemetry.log.JsonLines;
import dev.bowyer.telemetry.log.TextLines;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class QueryLogTest {
    private static final String SQL = "SELECT n FROM numbers WHERE name = 'secret' AND n > 4711";

    private final Logger logger = Logger.getLogger(QueryLog.LOGGER);
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();
    private final Handler capture = new Handler() {
        @Override
        public void publish(LogRecord line) {
            records.add(line);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(capture);
    }

    @AfterEach
    void listenNoMore() {
        logger.removeHandler(capture);
        logger.setLevel(null);
    }

    @Test
    void everyQueryHasOneLineWithoutItsValues() throws IOException {
        Query query;
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ZERO)) {
            query = queries.announceAndRun(SQL, Origin.FLIGHT, Origin.FLIGHT);
        }
        assertThat(records).hasSize(1);
        JsonNode line = new JsonMapper().readTree(new JsonLines().format(records.getFirst()));
        assertThat(line.get("query_id").textValue()).isEqualTo(query.id());
        assertThat(line.get("trace_id").textValue())
                .isEqualTo(query.identity().trace().traceId());
        assertThat(line.get("caller").textValue()).isEqualTo("ann");
        assertThat(line.get("protocol").textValue()).isEqualTo("flight");
        assertThat(line.get("datasets").textValue()).isEqualTo("numbers");
        assertThat(line.get("state").textValue()).isEqualTo("finished");
        assertThat(line.get("code").textValue()).isEqualTo("NONE");
        assertThat(line.get("rows").longValue()).isEqualTo(3);
        assertThat(List.of("planning_ms", "first_batch_ms", "total_ms")).allMatch(line::has);
        String text = new TextLines().format(records.getFirst());
        assertThat(text).contains(" trace_id=" + query.identity().trace().traceId() + " ", " rows=3 ");
        assertThat(text + line).doesNotContain("secret", "4711", "SELECT").doesNotContain("\n ");
    }

    @Test
    void aFailureIsToldByItsCode() {
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ZERO)) {
            queries.engine()
                    .script(SQL, new ScriptedEngine.Fail(new ServiceException(ErrorCode.INVALID_VALUE, "'secret'")));
            assertThatThrownBy(() -> queries.run(SQL, Origin.HTTP)).isInstanceOf(ServiceException.class);
            assertThatThrownBy(() -> queries.run("SELECT 'secret", Origin.HTTP)).isInstanceOf(ServiceException.class);
        }
        assertThat(records)
                .extracting(new TextLines()::format)
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("state=failed code=INVALID_VALUE")
                                .doesNotContain("secret"),
                        line -> assertThat(line)
                                .contains("state=failed code=INVALID_SQL")
                                .doesNotContain("secret"));
    }

    @Test
    void aSlowQueryIsAWarningWithItsStatementButNotItsValues() {
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ofNanos(1))) {
            queries.run(SQL, Origin.HTTP);
        }
        assertThat(records).extracting(LogRecord::getLevel).containsExactly(Level.INFO, Level.WARNING);
        assertThat(new TextLines().format(records.getLast()))
                .contains("slow query", "memory_peak=", "spilled=0")
                .contains("sql=\"SELECT n FROM numbers WHERE name = ? AND n > ?\"")
                .doesNotContain("secret", "4711");
    }

    @Test
    void aRunWithAPlanThatWasKeptHasItsDatasetsAndItsStatement() {
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ofNanos(1))) {
            queries.describeAndRun(SQL);
            assertThat(queries.telemetry().prometheusText())
                    .contains("bowyer_query_planning_seconds_count{protocol=\"http\"} 1\n");
        }
        assertThat(records)
                .hasSize(2)
                .extracting(new TextLines()::format)
                .allSatisfy(line -> assertThat(line).contains("datasets=numbers"));
        assertThat(new TextLines().format(records.getLast())).contains("sql=\"SELECT n FROM numbers WHERE name = ?");
    }

    @Test
    void atFineEveryLineHasTheStatement() {
        logger.setLevel(Level.FINE);
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ZERO)) {
            queries.run(SQL, Origin.HTTP);
        }
        assertThat(new TextLines().format(records.getFirst())).contains("sql=\"SELECT n FROM numbers WHERE name = ?");
    }
}
