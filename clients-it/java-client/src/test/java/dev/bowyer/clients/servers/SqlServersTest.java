package dev.bowyer.clients.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.ArrowFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client with Flight SQL servers of others, over a Parquet file, compared with what DuckDB answers. */
final class SqlServersTest {
    @TempDir
    private static Path folder;

    private static List<Processes> processes;
    private static Map<String, String> uris;
    private static Map<String, String> tables;
    private static JsonNode answers;

    private RootAllocator memory;

    @BeforeAll
    static void start() throws IOException {
        Processes.run(
                Processes.program("python"),
                "-B",
                Processes.SERVERS.resolve("answers.py").toString(),
                folder.toString());
        answers = new ObjectMapper().readTree(folder.resolve("answers.json").toFile());
        Path file = folder.resolve("items.parquet");
        String any = "127.0.0.1:0";
        processes = new ArrayList<>();
        processes.add(Processes.start(Processes.program("sail"), "flight", "server", "--port", "0"));
        processes.add(Processes.start(
                Processes.program("roapi"),
                "--addr-http=" + any,
                "--addr-postgres=" + any,
                "--addr-flight-sql=" + any,
                "--table=items=" + file));
        uris = Map.of(
                "Sail", "grpc://" + address(processes.get(0), "Flight SQL server on ([0-9.:]+?)\\.\\.\\."),
                "ROAPI", "grpc://" + address(processes.get(1), "Listening on ([0-9.:]+) for FlightSQL"));
        tables = Map.of("Sail", "parquet.`" + file + "`", "ROAPI", "items");
    }

    private static String address(Processes process, String line) {
        return process.await(Pattern.compile(line)).group(1);
    }

    @AfterAll
    static void stop() {
        processes.forEach(Processes::close);
    }

    @BeforeEach
    void open() {
        memory = new RootAllocator();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private BowyerClient connect(String server) {
        return BowyerClient.connect(String.valueOf(uris.get(server)), options -> options.allocator(memory));
    }

    private static String sql(String server, JsonNode answer) {
        return answer.get("sql").textValue().replace("{items}", String.valueOf(tables.get(server)));
    }

    static Stream<Arguments> questions() {
        List<Arguments> questions = new ArrayList<>();
        for (String server : List.of("Sail", "ROAPI")) {
            answers.forEach(answer ->
                    questions.add(Arguments.of(server, answer.get("name").textValue(), answer)));
        }
        return questions.stream();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("questions")
    void anAnswerIsThatOfDuckDb(String server, String name, JsonNode answer) {
        try (BowyerClient client = connect(server);
                ArrowFrame frame = client.sql(sql(server, answer)).fetch()) {
            assertThat(Canonical.rows(frame)).as(name).isEqualTo(Canonical.list(answer.get("rows")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sail", "ROAPI"})
    void rowsAreCountedByTheServer(String server) {
        try (BowyerClient client = connect(server)) {
            assertThat(client.sql("SELECT id FROM " + tables.get(server) + " WHERE id < 1234")
                            .count())
                    .isEqualTo(1234);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sail", "ROAPI"})
    void errorsHaveTheServersText(String server) {
        try (BowyerClient client = connect(server)) {
            assertThatThrownBy(() -> client.sql("SELECT no_such_column FROM " + tables.get(server))
                            .fetch())
                    .isInstanceOf(BowyerException.class)
                    .hasMessageContaining("no_such_column");
            assertThatThrownBy(() -> client.sql("SELEC 1").fetch()).isInstanceOf(BowyerException.class);
            // The connection is as good as before.
            assertThat(client.sql("SELECT 1").count()).isEqualTo(1);
        }
    }
}
