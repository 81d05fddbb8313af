package dev.bowyer.http.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads charts by the grammars of their languages, as far as plans use them; fails where they do not follow
/// these.
public final class Charts {
    private static final Pattern BOX = Pattern.compile("  (n\\d+)\\[\"([^\"\\[\\]{}|\\\\\\n]*)\"]");
    private static final Pattern ARROW = Pattern.compile("  (n\\d+) --> (n\\d+)");
    private static final Pattern ENTITY = Pattern.compile("#\\d+;");
    /// Blanks, comments, texts, names, numbers, arrows and signs of DOT.
    private static final Pattern DOT = Pattern.compile(
            "\\s+|//[^\\n]*|\"(?:[^\"\\\\]|\\\\.)*\"|[A-Za-z_][A-Za-z0-9_]*|-?[0-9.]+|->|[{}\\[\\]=;,]",
            Pattern.DOTALL);
    private static final Pattern DOT_NODE = Pattern.compile("(?m)^\\s*([A-Za-z0-9_]+)\\s*\\[[^\\n]*label=");

    private Charts() {}

    /// @return the number of boxes
    public static int mermaidNodes(String chart) {
        String[] lines = chart.split("\n", -1);
        assertThat(lines[0]).isEqualTo("flowchart BT");
        Set<String> boxes = new HashSet<>();
        for (int i = 1; i < lines.length - 1; i++) {
            Matcher box = BOX.matcher(lines[i]);
            Matcher arrow = ARROW.matcher(lines[i]);
            if (box.matches()) {
                assertThat(boxes.add(box.group(1))).as(lines[i]).isTrue();
                String text = ENTITY.matcher(box.group(2)).replaceAll("").replace("<br/>", "");
                assertThat(text).as("not escaped").doesNotContainPattern("[<>#;&`$%]");
            } else {
                assertThat(arrow.matches()).as(lines[i]).isTrue();
                assertThat(boxes).contains(arrow.group(1), arrow.group(2));
            }
        }
        assertThat(lines[lines.length - 1]).isEmpty();
        return boxes.size();
    }

    /// @return the number of labelled nodes
    public static int graphvizNodes(String chart) {
        Matcher token = DOT.matcher(chart);
        int at = 0;
        int open = 0;
        while (at < chart.length()) {
            assertThat(token.find(at) && token.start() == at)
                    .as("from here it is not DOT: " + chart.substring(at))
                    .isTrue();
            switch (token.group()) {
                case "{" -> open++;
                case "}" -> open--;
                default -> {}
            }
            at = token.end();
        }
        assertThat(open).isZero();
        assertThat(chart).containsPattern("digraph\\s*\\{");
        return (int) DOT_NODE.matcher(chart).results().count();
    }
}
