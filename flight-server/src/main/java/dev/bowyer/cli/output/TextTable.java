package dev.bowyer.cli.output;

import dev.bowyer.client.frame.value.CellText;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Rows in columns, for people.
public final class TextTable {
    /// Longest cell of a table that is shown whole, in places of a terminal.
    public static final int MAX_CELL = 80;

    /// Longest one where cells are shown whole: in Markdown, and a line a value.
    public static final int MAX_WHOLE_CELL = 64 << 10;

    /// Most rows: all of them are in memory before the first is shown.
    public static final int MAX_ROWS = 100_000;

    /// Characters of all cells together, after which no row is taken.
    public static final long MAX_CHARACTERS = 64 << 20;

    private final List<String> titles;
    private final List<Boolean> toTheRight;
    private final List<List<String>> rows = new ArrayList<>();
    private long characters;

    public TextTable(List<String> titles, List<Boolean> toTheRight) {
        this.titles = titles;
        this.toTheRight = toTheRight;
    }

    public void add(List<String> cells) {
        rows.add(cells);
        cells.forEach(cell -> characters += cell.length());
    }

    /// Whether a limit is reached.
    public boolean isFull() {
        return rows.size() >= MAX_ROWS || characters >= MAX_CHARACTERS;
    }

    public int size() {
        return rows.size();
    }

    public void print(PrintStream out) {
        int[] widths = new int[titles.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    width(titles.get(i)),
                    rows.stream().mapToInt(row -> width(row.get(column))).max().orElse(0));
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
    public void printMarkdown(PrintStream out) {
        markdownLine(out, titles);
        markdownLine(
                out, toTheRight.stream().map(right -> right ? "---:" : "---").toList());
        rows.forEach(row -> markdownLine(out, row));
    }

    /// A line a value, with whole cells: for rows that are wider than the screen.
    public void printExpanded(PrintStream out) {
        int width = titles.stream().mapToInt(TextTable::width).max().orElse(0);
        for (int i = 0; i < rows.size(); i++) {
            String head = "-[ row " + (i + 1) + " ]";
            out.println(head + "-".repeat(Math.max(0, width + 3 - head.length())));
            for (int column = 0; column < titles.size(); column++) {
                String title = cell(titles.get(column));
                String value = VisibleText.oneLine(rows.get(i).get(column));
                out.println((title + " ".repeat(width - CellText.width(title)) + " | " + value).stripTrailing());
            }
        }
    }

    private void line(PrintStream out, List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String cell = cell(cells.get(i));
            int blanks = widths[i] - CellText.width(cell);
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
            line.append(' ')
                    .append(VisibleText.oneLine(cell).replace("|", "\\|"))
                    .append(" |");
        }
        out.println(line);
    }

    private static String cell(String text) {
        return CellText.of(text, MAX_CELL);
    }

    private static int width(String text) {
        return CellText.width(cell(text));
    }
}
