package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;

/// A stretch of SQL text. Lines and columns count from 1, columns in characters (code points); the end is
/// exclusive.
record SqlPosition(int line, int column, int endLine, int endColumn) {
    /// A longer line is shown as the part around the position.
    static final int SHOWN = 120;

    private static final String CUT = "...";

    SqlPosition(JsonNode error) {
        this(
                error.path("line").asInt(),
                error.path("column").asInt(),
                error.path("endLine").asInt(error.path("line").asInt()),
                error.path("endColumn").asInt());
    }

    /// The line of `sql` with carets under the stretch, as two lines. A stretch of several lines is shown to the
    /// end of its first; one that lies outside of the text, at the nearest place inside.
    String pointInto(String sql) {
        String[] lines = sql.split("\n", -1);
        int[] text = lines[Math.clamp(line - 1, 0, lines.length - 1)]
                .replace('\t', ' ')
                .stripTrailing()
                .codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .toArray();
        int start = Math.clamp(column - 1, 0, text.length);
        int end = endLine > line ? text.length : Math.min(endColumn - 1, text.length);
        int from = Math.max(0, start - SHOWN / 2);
        int to = Math.min(text.length, from + SHOWN);
        String before = from > 0 ? CUT : "";
        String after = to < text.length ? CUT : "";
        return before
                + new String(text, from, to - from)
                + after
                + "\n"
                + " ".repeat(before.length() + start - from)
                + "^".repeat(Math.max(1, Math.min(end, to) - start));
    }
}
