package dev.bowyer.cli.output;

import dev.bowyer.client.frame.BatchStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where the rows of a query go, and how they look.
///
/// @param file null: the standard output; never with a format for people
/// @param rows most rows that a table shows; 0: as many as it can
/// @param expanded whether a table has a line a value
public record RowTarget(RowFormat format, @Nullable Path file, long rows, boolean expanded) {

    /// Whether progress on stderr can be shown while the rows are written, without spoiling what a person reads.
    public boolean leavesTerminalFree(Terminal terminal) {
        return format.isForPeople() || file != null || !terminal.person().readsOutput();
    }

    /// Reads all rows of `result`, or as many as a table shows; then it is cancelled. Says on stderr how many were
    /// shown.
    ///
    /// @param beforeOutput runs once, when the rows are about to be shown
    /// @param options what the options of the user begin with, to name them
    public void write(Terminal terminal, BatchStream result, Runnable beforeOutput, String options) {
        if (format.isForPeople()) {
            ShownRows shown = ShownRows.read(result, rows, longestCell());
            beforeOutput.run();
            if (format == RowFormat.md) {
                shown.table().printMarkdown(terminal.out());
            } else if (expanded) {
                shown.table().printExpanded(terminal.out());
            } else {
                shown.table().print(terminal.out());
            }
            terminal.out().flush();
            tellCount(terminal, shown, options);
        } else {
            terminal.out().flush();
            RowFile.write(result, format.name(), file);
            beforeOutput.run();
        }
    }

    private int longestCell() {
        return format == RowFormat.table && !expanded ? TextTable.MAX_CELL : TextTable.MAX_WHOLE_CELL;
    }

    private void tellCount(Terminal terminal, ShownRows shown, String options) {
        int count = shown.table().size();
        if (!shown.whole()) {
            String more = options + (rows > 0 && count == rows ? "rows 0 shows more" : "format csv writes all");
            terminal.err().println("(only the first " + count + " rows are shown; " + more + ")");
        } else if (format == RowFormat.table) {
            terminal.err().println("(" + count + (count == 1 ? " row)" : " rows)"));
        }
    }
}
