package dev.bowyer.http.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MermaidPlanTest {
    @Test
    void aPlanIsBoxesWithArrowsTheWayTheRowsGo() {
        String json = """
                [{"Plan": {"Node Type": "Join", "Join Type": "Inner", "Output": [], "Plans": [
                  {"Node Type": "TableScan", "Relation Name": "a"},
                  {"Node Type": "TableScan", "Relation Name": "b"}]}}]""";
        assertThat(MermaidPlan.of(json)).isEqualTo("""
                flowchart BT
                  n0["Join<br/>Join Type: Inner"]
                  n1["TableScan<br/>Relation Name: a"]
                  n1 --> n0
                  n2["TableScan<br/>Relation Name: b"]
                  n2 --> n0
                """);
    }

    @Test
    void nothingInALabelMeansAnything() {
        String label = "\\\"]; n9[x] --> n0 <script>|{}`#quot;&amp;%%\\n\\u001b end";
        String chart =
                MermaidPlan.of("[{\"Plan\": {\"Node Type\": \"" + label + "\", \"Filter\": \"" + label + "\"}}]");
        assertThat(Charts.mermaidNodes(chart)).isEqualTo(1);
        assertThat(chart).doesNotContain("<script>", "\u001b");
    }

    @Test
    void longAndLargePlansAreCut() {
        StringBuilder json = new StringBuilder("[{\"Plan\": {\"Node Type\": \"Union\", \"Plans\": [");
        for (int i = 0; i < 5_000; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"Node Type\": \"Scan\", \"Filter\": \"")
                    .append("x".repeat(500));
            json.append("\"}");
        }
        String chart = MermaidPlan.of(json.append("]}}]").toString());
        assertThat(Charts.mermaidNodes(chart)).isEqualTo(MermaidPlan.MAX_NODES + 1);
        assertThat(chart).contains("more steps");
        assertThat(chart.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(200));
    }
}
