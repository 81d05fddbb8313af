package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MermaidTest {
    /**
     * The part of Mermaid's grammar that is used: a quoted label, in it no quote, no angle bracket, no backtick, no
     * entity.
     */
    private static final Pattern NODE =
            Pattern.compile(" {4}(n[0-9]+)\\[\"((?:[\\p{L}\\p{Nd} _.,+*/=-]|#[0-9]{1,7};)*)\"\\]");

    private static final Pattern ARROW = Pattern.compile(" {4}(n[0-9]+) --> (n[0-9]+)");

    /** Reads a flowchart strictly; the labels as they are shown. */
    static List<String> checked(String chart) {
        assertThat(chart).startsWith("flowchart BT\n").endsWith("\n");
        Set<String> nodes = new HashSet<>();
        List<String> labels = new ArrayList<>();
        for (String line : chart.substring("flowchart BT\n".length()).split("\n", -1)) {
            Matcher node = NODE.matcher(line);
            Matcher arrow = ARROW.matcher(line);
            if (node.matches()) {
                assertThat(nodes.add(node.group(1))).isTrue();
                labels.add(Pattern.compile("#([0-9]+);")
                        .matcher(node.group(2))
                        .replaceAll(
                                code -> Matcher.quoteReplacement(Character.toString(Integer.parseInt(code.group(1))))));
            } else if (arrow.matches()) {
                assertThat(nodes).contains(arrow.group(1), arrow.group(2));
            } else {
                assertThat(line).isEmpty();
            }
        }
        return labels;
    }

    @Test
    void stepsOfAFrame() {
        try (DuckDb database = new DuckDb()) {
            LazyFrame trips = database.frame("trips");
            LazyFrame frame = trips.filter(col("fare").gt(20))
                    .join(trips, Join.inner("id"))
                    .groupBy("zone")
                    .agg(count().as("n"))
                    .sort(desc("n"))
                    .limit(10);
            assertThat(frame.toMermaid()).isEqualTo("""
                            flowchart BT
                                n1["limit 10"]
                                n2["sort by n descending"]
                                n3["group by zone#58; count#40;*#41; as n"]
                                n4["inner join by id"]
                                n5["filter fare #62; 20"]
                                n6["table trips"]
                                n6 --> n5
                                n5 --> n4
                                n6 --> n4
                                n4 --> n3
                                n3 --> n2
                                n2 --> n1
                            """);
            assertThat(checked(frame.toMermaid())).contains("filter fare > 20", "table trips");
        }
    }

    @Test
    void labelsHoldNothingThatMermaidReads() {
        try (DuckDb database = new DuckDb()) {
            String nasty = "\"] --> n9\n`**x**` <img src=x onerror=alert(1)> #quot; &lt; end;%%{init}";
            List<String> labels = checked(
                    database.frame("t").select(col("a").eq(nasty).as(nasty)).toMermaid());
            assertThat(labels.get(0))
                    .isEqualTo("select a = '" + nasty.replace('\n', ' ') + "' as " + nasty.replace('\n', ' '));
            String longName = "\ud83d\ude00".repeat(500);
            assertThat(checked(database.frame(longName).toMermaid()).get(0))
                    .endsWith("...")
                    .hasSizeLessThan(700);
        }
    }

    @Test
    void indentedPlans() {
        String plan = "Sort: a\n  Join: b = c\n    Scan: \"x\"\n    Scan: y\n\nOther\n";
        assertThat(Mermaid.indented(plan)).isEqualTo("""
                        flowchart BT
                            n1["Sort#58; a"]
                            n2["Join#58; b = c"]
                            n2 --> n1
                            n3["Scan#58; #34;x#34;"]
                            n3 --> n2
                            n4["Scan#58; y"]
                            n4 --> n2
                            n5["Other"]
                        """);
        assertThat(checked(Mermaid.indented("x\n".repeat(5000)))).hasSize(1001).endsWith("...");
        assertThat(checked(Mermaid.indented(""))).isEmpty();
    }
}
