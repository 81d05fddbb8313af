package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.cli.shell.Names.Table;
import dev.bowyer.client.DatasetInfo;
import dev.bowyer.dataset.DatasetName;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CompletionTest {
    private static final Names NAMES = new Names(List.of(
            new Table("", "trips", List.of("id", "city", "PULocationID", "pickup at")),
            new Table("", "trip_days", List.of("day", "id")),
            new Table("", "Odd Name", List.of("x")),
            new Table("sales", "orders", List.of("order", "customer"))));

    /// `|` is the cursor.
    @ParameterizedTest
    @CsvSource(
            delimiterString = " ; ",
            quoteCharacter = '~',
            value = {
                "SELECT * FROM tr| ; trips,trip_days",
                "SELECT * FROM | ; trips,trip_days,\"Odd Name\",sales.",
                "SELECT * FROM odd| ; \"Odd Name\"",
                "SELECT * FROM \"O| ; \"Odd Name\"",
                "SELECT * FROM trips, tri| ; trips,trip_days",
                "SELECT * FROM trips JOIN s| ; sales.",
                "SELECT * FROM sales.| ; orders",
                "SELECT * FROM Sales.o| ; orders",
                "SELECT ci| FROM trips ; city",
                "SELECT pu| FROM trips ; \"PULocationID\"",
                "SELECT pick| FROM trips ; \"pickup at\"",
                "SELECT t.| FROM trips AS t ; id,city,\"PULocationID\",\"pickup at\"",
                "SELECT d.d| FROM trips t, trip_days d ; day",
                "SELECT d.| FROM trips t JOIN trip_days d ON t.id = d.id WHERE 1 = 1 ; day,id",
                "SELECT orders.| FROM sales.orders ; \"order\",customer",
                "SELECT trips.c| ; city",
                "SELECT \"Odd Name\".| FROM \"Odd Name\" ; x",
                "SELECT max(id, cou| FROM trip_days ; count",
                "SELECT 1 FROM nowhere WHERE di| ; distinct",
                "SELE| ; SELECT",
                "sele| ; select"
            })
    void fitsThePlace(String line, String expected) {
        assertThat(candidates(line)).containsExactlyInAnyOrder(expected.split(",", -1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'tr|",
                "SELECT * FROM trips -- tr|",
                "SELECT /* tr|",
                "|",
                "SELECT * FROM trips WHERE zzz|",
                "SELECT nobody.|"
            })
    void nothingFits(String line) {
        assertThat(candidates(line)).isEmpty();
    }

    @Test
    void otherStatementsDoNotCount() {
        assertThat(candidates("SELECT c FROM trips; SELECT d| FROM trip_days; SELECT 1 FROM sales.orders"))
                .contains("day")
                .doesNotContain("city", "customer");
    }

    @Test
    void candidateReplacesTheWordOnly() {
        String before = "SELECT t.ci";
        assertThat(Completion.of(NAMES, before, " FROM trips t").start()).isEqualTo("SELECT t.".length());
        assertThat(StatementParser.wordStart(before)).isEqualTo("SELECT t.".length());
        assertThat(StatementParser.wordStart("\\d tr")).isEqualTo(3);
        assertThat(StatementParser.wordStart("SELECT ")).isEqualTo(7);
    }

    @Test
    void candidatesHaveALimit() {
        List<String> many = IntStream.range(0, 2_000).mapToObj(i -> "c" + i).toList();
        Names wide = new Names(List.of(new Table("", "wide", many)));
        assertThat(Completion.of(wide, "SELECT c", " FROM wide").candidates()).hasSize(Completion.MAX_CANDIDATES);
    }

    @Test
    void commandsAndTheirArguments() {
        assertThat(NameCompleter.ofCommand(NAMES, "\\t")).containsExactly("\\timing");
        assertThat(NameCompleter.ofCommand(NAMES, "\\d t")).containsExactly("trips", "trip_days");
        assertThat(NameCompleter.ofCommand(NAMES, "\\d sales.")).containsExactly("sales.orders");
        assertThat(NameCompleter.ofCommand(NAMES, "\\format n")).containsExactly("ndjson");
        assertThat(NameCompleter.ofCommand(NAMES, "\\x ")).containsExactly("on", "off");
    }

    @Test
    void namesHaveLimits() {
        Field column = Field.nullable("c", new ArrowType.Int(32, true));
        Schema wide = new Schema(Collections.nCopies(Names.MAX_COLUMNS / 2, column));
        DatasetInfo dataset = new DatasetInfo("sales.q1", wide, OptionalLong.empty(), OptionalLong.empty());
        assertThat(Names.of(List.of(dataset, dataset, dataset)).tables()).hasSize(2);
        DatasetInfo small = new DatasetInfo(
                DatasetName.DEFAULT_NAMESPACE + ".t",
                new Schema(List.of(column)),
                OptionalLong.empty(),
                OptionalLong.empty());
        assertThat(Names.of(Collections.nCopies(Names.MAX_TABLES + 1, small)).tables())
                .hasSize(Names.MAX_TABLES)
                .contains(new Table("", "t", List.of("c")));
    }

    @Test
    void namesThatATerminalWouldObeyAreNoCandidates() {
        Schema columns = new Schema(List.of(
                Field.nullable("plain", new ArrowType.Int(32, true)),
                Field.nullable("c\u001b[2J", new ArrowType.Int(32, true))));
        List<DatasetInfo> datasets = List.of(
                new DatasetInfo("t", columns, OptionalLong.empty(), OptionalLong.empty()),
                new DatasetInfo("t\u202e", columns, OptionalLong.empty(), OptionalLong.empty()));
        assertThat(Names.of(datasets).tables()).containsExactly(new Table("", "t", List.of("plain")));
    }

    private static List<String> candidates(String line) {
        int cursor = line.indexOf('|');
        return Completion.of(NAMES, line.substring(0, cursor), line.substring(cursor + 1))
                .candidates();
    }
}
