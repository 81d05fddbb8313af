package dev.bowyer.http.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.Map;
import java.util.stream.Collectors;

/// A plan in the JSON of PostgreSQL's EXPLAIN as a Mermaid flowchart: one box a step, with arrows the way the
/// rows go.
public final class MermaidPlan {
    /// Boxes of one chart; what lies below is left out, and a box says so.
    static final int MAX_NODES = 1_000;
    /// Longest text of one line of a box, in UTF-16 code units.
    static final int MAX_LABEL = 120;
    /// What has its own place in a chart.
    private static final String CHILDREN = "Plans";

    private static final String TYPE = "Node Type";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final StringBuilder chart = new StringBuilder("flowchart BT\n");
    private int nodes;

    private MermaidPlan() {}

    /// @param pgjson `[{"Plan": {"Node Type": ..., "Plans": [...]}}]`
    public static String of(String pgjson) {
        JsonNode root;
        try {
            root = JSON.readTree(pgjson);
        } catch (JsonProcessingException e) {
            throw new ServiceException(ErrorCode.INTERNAL, "the engine's plan is no JSON", null, e);
        }
        MermaidPlan plan = new MermaidPlan();
        for (JsonNode statement : root) {
            plan.add(statement.path("Plan"));
        }
        return plan.chart.toString();
    }

    /// @return the number of its box
    private int add(JsonNode step) {
        int number = nodes++;
        if (number >= MAX_NODES) {
            box(number, "more steps");
            return number;
        }
        box(number, label(step));
        for (JsonNode child : step.path(CHILDREN)) {
            if (nodes > MAX_NODES) {
                break;
            }
            int below = add(child);
            chart.append("  n").append(below).append(" --> n").append(number).append('\n');
        }
        return number;
    }

    private void box(int number, String label) {
        chart.append("  n").append(number).append("[\"").append(label).append("\"]\n");
    }

    private static String label(JsonNode step) {
        String details = step.properties().stream()
                .filter(entry ->
                        !entry.getKey().equals(CHILDREN) && !entry.getKey().equals(TYPE))
                .filter(entry -> !text(entry.getValue()).isEmpty())
                .map(MermaidPlan::line)
                .collect(Collectors.joining());
        return escaped(step.path(TYPE).asText("step")) + details;
    }

    private static String line(Map.Entry<String, JsonNode> detail) {
        String text = detail.getKey() + ": " + text(detail.getValue());
        return "<br/>" + escaped(text.length() <= MAX_LABEL ? text : text.substring(0, MAX_LABEL) + "...");
    }

    private static String text(JsonNode value) {
        return value.isTextual()
                ? value.textValue()
                : value.isEmpty() && value.isContainerNode() ? "" : value.toString();
    }

    /// Letters, digits and what means nothing to Mermaid and HTML stay; all else becomes a code that Mermaid
    /// knows.
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c)) {
                escaped.append(' ');
            } else if (isSign(c) || isLoneSurrogate(c)) {
                escaped.append('#').append(c).append(';');
            } else {
                escaped.appendCodePoint(c);
            }
        });
        return escaped.toString();
    }

    private static boolean isSign(int c) {
        return c < 128 && !Character.isLetterOrDigit(c) && " .,:_-/+=*()'".indexOf(c) < 0;
    }

    private static boolean isLoneSurrogate(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }
}
