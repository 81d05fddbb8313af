package dev.bowyer.client.lazy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;

/**
 * Writes flowcharts of Mermaid. Labels are in quotes, and in them all but letters, digits and a few harmless
 * characters are written as numbers: no name can end a label, begin a link or become HTML.
 */
final class Mermaid {
    private static final int MAX_LABEL = 300;
    private static final int MAX_NODES = 1000;
    private static final String HARMLESS = " _.,+*/=-";

    private final StringBuilder text = new StringBuilder("flowchart BT\n");
    private final IdentityHashMap<Plan, Integer> numbers = new IdentityHashMap<>();
    private int nodes;

    private Mermaid() {}

    /** One node a step; an arrow shows where rows go. */
    static String steps(Plan plan) {
        Mermaid mermaid = new Mermaid();
        mermaid.step(plan);
        return mermaid.text.toString();
    }

    private int step(Plan plan) {
        Integer known = numbers.get(plan);
        if (known != null) {
            return known;
        }
        int number = node(plan.label());
        numbers.put(plan, number);
        for (Plan input : plan.inputs()) {
            arrow(step(input), number);
        }
        return number;
    }

    /** A line that is indented more than the one before is an input of it. */
    static String indented(String lines) {
        Mermaid mermaid = new Mermaid();
        Deque<int[]> parents = new ArrayDeque<>();
        for (String line : lines.lines().filter(l -> !l.isBlank()).toList()) {
            if (mermaid.nodes == MAX_NODES) {
                mermaid.node("...");
                break;
            }
            int indent = line.length() - line.stripLeading().length();
            while (!parents.isEmpty() && parents.peek()[0] >= indent) {
                parents.pop();
            }
            int number = mermaid.node(line.strip());
            if (!parents.isEmpty()) {
                mermaid.arrow(number, parents.peek()[1]);
            }
            parents.push(new int[] {indent, number});
        }
        return mermaid.text.toString();
    }

    private int node(String label) {
        text.append("    n")
                .append(++nodes)
                .append("[\"")
                .append(escaped(label))
                .append("\"]\n");
        return nodes;
    }

    private void arrow(int from, int to) {
        text.append("    n").append(from).append(" --> n").append(to).append('\n');
    }

    private static String escaped(String label) {
        StringBuilder out = new StringBuilder();
        int end = Math.min(label.length(), MAX_LABEL);
        for (int i = 0; i < end; ) {
            int c = label.codePointAt(i);
            i += Character.charCount(c);
            boolean plain = Character.isLetterOrDigit(c) || HARMLESS.indexOf(c) >= 0;
            boolean unwritable = Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE;
            if (plain) {
                out.appendCodePoint(c);
            } else {
                out.append(unwritable ? " " : "#" + c + ";");
            }
        }
        return out.append(end < label.length() ? "..." : "").toString();
    }
}
