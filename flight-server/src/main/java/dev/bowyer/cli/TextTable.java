package dev.bowyer.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Rows in columns, for people.
final class TextTable {
    /// Longest cell that is shown whole, in characters.
    static final int MAX_CELL = 80;

    /// Most rows: all of them are in memory before the first is shown.
    static final int MAX_ROWS = 100_000;

    /// Characters of all cells together, after which no row is taken.
    static final long MAX_CHARACTERS = 64 << 20;

    private final List<String> titles;
    private final List<Boolean> toTheRight;
    private final List<List<String>> rows = new ArrayList<>();
    private long characters;

    TextTable(List<String> titles, List<Boolean> toTheRight) {
        this.titles = titles;
        this.toTheRight = toTheRight;
    }

    void add(List<String> cells) {
        rows.add(cells);
        cells.forEach(cell -> characters += cell.length());
    }

    /// Whether a limit is reached.
    boolean isFull() {
        return rows.size() >= MAX_ROWS || characters >= MAX_CHARACTERS;
    }

    int size() {
        return rows.size();
    }

    void print(PrintStream out) {
        int[] widths = new int[titles.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    cell(titles.get(i)).length(),
                    rows.stream()
                            .mapToInt(row -> cell(row.get(column)).length())
                            .max()
                            .orElse(0));
        }
        line(out, titles, widths);
        StringBuilder rule = new StringBuilder();
        for (int width : widths) {
            rule.append(rule.isEmpty() ? "" : "-+-").repeat('-', width);
        }
        out.println(rule);
        rows.forEach(row -> line(out, row, widths));
    }

    /// As a table of GitHub-flavoured Markdown, with whole cells.
    void printMarkdown(PrintStream out) {
        markdownLine(out, titles);
        markdownLine(
                out, toTheRight.stream().map(right -> right ? "---:" : "---").toList());
        rows.forEach(row -> markdownLine(out, row));
    }

    private void line(PrintStream out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cell(cells.get(i));
            int blanks = widths[i] - cell.length();
            line.append(i == 0 ? "" : " | ");
            if (toTheRight.get(i)) {
                line.repeat(' ', blanks).append(cell);
            } else {
                line.append(cell).repeat(' ', blanks);
            }
        }
        out.println(line.toString().stripTrailing());
    }

    private static void markdownLine(PrintStream out, List<String> cells) {
        StringBuilder line = new StringBuilder("|");
        for (String cell : cells) {
            line.append(' ').append(oneLine(cell).replace("|", "\\|")).append(" |");
        }
        out.println(line);
    }

    private static String cell(String text) {
        String line = oneLine(text);
        return line.length() <= MAX_CELL ? line : line.substring(0, MAX_CELL - 1) + "…";
    }

    private static String oneLine(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                default -> line.append(Character.isISOControl(c) ? '?' : c);
            }
        }
        return line.toString();
    }
}
