package dev.bowyer.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Ticket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What every kind of source keeps, driven through a server: a table that is written to between the steps of its
/// readers. Each kind says how its table comes about, in stages.
@SuppressWarnings("try") // Arrow's streams say that closing them may be interrupted.
abstract class SourceContract {
    private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private static final String COUNT = "SELECT count(*) AS c FROM t";

    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init") // by JUnit
    private Path table;

    @SuppressWarnings("NullAway.Init") // by JUnit
    private LakeServer server;

    @SuppressWarnings("NullAway.Init") // by JUnit
    private FlightClients clients;

    /// Brings the table to a stage, 0 to 2, from the one before it or, for 0, from nothing.
    abstract void stage(Path table, int stage) throws IOException;

    /// Its rows then; more with each stage.
    abstract long rows(int stage);

    /// The version that a stage is, for sources that keep their versions; otherwise null.
    @Nullable
    String version(int stage) {
        return null;
    }

    /// A file with rows of stage 0, which is being served.
    abstract Path dataFile(Path table) throws Exception;

    /// The first column of an answer of the server.
    final List<@Nullable Object> ask(String sql) throws Exception {
        return clients.column(clients.sql().execute(sql));
    }

    private boolean keepsVersions() {
        return version(0) != null;
    }

    @BeforeEach
    void start() throws IOException {
        table = folder.resolve("table");
        stage(table, 0);
        server = LakeServer.start(folder, configuration(table));
        clients = FlightClients.of(server);
    }

    @AfterEach
    void stop() throws Exception {
        clients.close();
        server.close();
    }

    private static String configuration(Path table) {
        return "tickets: { keys: [" + KEY + "] }\ndatasets: [{ name: t, from: \"" + table + "\" }]\n";
    }

    @Test
    void aCountAndAScanAgree() throws Exception {
        assertThat(count("t")).isEqualTo(rows(0));
        assertThat(clients.rows(scan())).hasSize((int) rows(0));
        assertThat(clients.flight().getInfo(FlightDescriptor.path("t")).getBytes())
                .isPositive();
    }

    @Test
    void theNextQuerySeesWhatWasWritten() throws Exception {
        assertThat(count("t")).isEqualTo(rows(0));
        stage(table, 1);
        assertThat(count("t")).isEqualTo(rows(1));
        stage(table, 2);
        assertThat(count("t")).isEqualTo(rows(2));
    }

    @Test
    void aTicketReadsWhatWasAnnounced() throws Exception {
        FlightInfo info = scan();
        stage(table, 1);
        assertThat(clients.rows(info)).hasSize((int) rows(0));
        assertThat(clients.rows(scan())).hasSize((int) rows(1));
    }

    /// A source without versions has but what lies there now.
    @Test
    void anotherReplicaReadsTheAnnouncedVersion() throws Exception {
        FlightInfo info = scan();
        stage(table, 1);
        Path elsewhere = Files.createDirectory(folder.resolve("replica"));
        try (LakeServer replica = LakeServer.start(elsewhere, configuration(table));
                FlightClients others = FlightClients.of(replica)) {
            assertThat(others.rows(info)).hasSize((int) rows(keepsVersions() ? 0 : 1));
        }
    }

    @Test
    void eachRowIsInOneOfTheParts() throws Exception {
        stage(table, 1);
        FlightInfo info = clients.flight()
                .getInfo(FlightDescriptor.command(
                        "{\"dataset\": \"t\", \"parallelism\": 4}".getBytes(StandardCharsets.UTF_8)));
        assertThat(clients.rows(info)).hasSize((int) rows(1));
    }

    @Test
    void olderVersionsCanBeReadWhereTheyAreKept() throws Exception {
        stage(table, 1);
        String ticket = "{\"dataset\": \"t\", \"snapshot\": \"" + (keepsVersions() ? version(0) : "1") + "\"}";
        FlightDescriptor command = FlightDescriptor.command(ticket.getBytes(StandardCharsets.UTF_8));
        if (!keepsVersions()) {
            FlightClients.assertStatus(
                    FlightStatusCode.UNIMPLEMENTED,
                    "keeps no versions",
                    () -> clients.flight().getInfo(command));
            FlightClients.assertStatus(
                    FlightStatusCode.UNIMPLEMENTED, "keeps no versions", () -> count("\"t$snapshots\""));
            return;
        }
        assertThat(clients.rows(clients.flight().getInfo(command))).hasSize((int) rows(0));
        assertThat(count("\"t@" + version(0) + "\"")).isEqualTo(rows(0));
        assertThat(count("t FOR SYSTEM_VERSION AS OF " + version(0))).isEqualTo(rows(0));
        assertThat(count("\"t$snapshots\"")).isGreaterThanOrEqualTo(2);
        assertThat(count("\"t$files\"")).isPositive();
        FlightClients.assertStatus(FlightStatusCode.NOT_FOUND, "nothing_like_it", () -> count("\"t$nothing_like_it\""));
    }

    @Test
    void aDamagedFileIsNamedAndNeverPassedOver() throws Exception {
        Path file = dataFile(table);
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, (byte) '"');
        Files.write(file, bytes);
        assertThatThrownBy(() -> clients.rows(scan()))
                .isInstanceOf(FlightRuntimeException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    @Test
    void aFileThatIsGoneIsNamedAndNeverPassedOver() throws Exception {
        FlightInfo info = scan();
        Path file = dataFile(table);
        Files.delete(file);
        assertThatThrownBy(() -> clients.rows(info))
                .isInstanceOf(FlightRuntimeException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    @Test
    void whatIsNotThereIsSaidAtStart() throws IOException {
        Path nowhere = Files.createDirectory(folder.resolve("nowhere"));
        assertThatThrownBy(() -> LakeServer.start(nowhere, configuration(folder.resolve("no such table")))
                        .close())
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND));
    }

    @Test
    void aTicketMayBeTheName() throws Exception {
        try (var stream = clients.flight().getStream(new Ticket("t".getBytes(StandardCharsets.UTF_8)))) {
            long rows = 0;
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(rows(0));
        }
    }

    private FlightInfo scan() {
        return clients.sql().execute("SELECT * FROM t");
    }

    private long count(String table) throws Exception {
        List<@Nullable Object> counts = clients.column(clients.sql().execute(COUNT.replace("FROM t", "FROM " + table)));
        assertThat(counts).hasSize(1);
        return ((Number) Objects.requireNonNull(counts.getFirst())).longValue();
    }
}
