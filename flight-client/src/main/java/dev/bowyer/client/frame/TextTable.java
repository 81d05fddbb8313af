package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.value.CellText;
import dev.bowyer.client.frame.value.FieldTypes;
import java.util.ArrayList;
import java.util.List;

/** A frame as text: shape, names, types, first and last rows. */
final class TextTable {
    static final int WIDTH = 100;

    private static final int LEAST_WIDTH = 20;
    private static final int LONGEST_CELL = 32;
    private static final String GAP = "  ";
    private static final String CUT = "…";

    private final ArrowFrame frame;
    private final int width;
    private final long head;
    private final long tail;

    TextTable(ArrowFrame frame, int rows, int width) {
        if (rows < 0 || width < LEAST_WIDTH) {
            throw BowyerException.of(
                    ErrorCodes.INVALID_ARGUMENT,
                    "text of " + rows + " rows in a width of " + width,
                    "rows: from 0; width: from " + LEAST_WIDTH);
        }
        this.frame = frame;
        this.width = width;
        boolean all = frame.rowCount() <= rows;
        this.head = all ? frame.rowCount() : (rows + 1) / 2;
        this.tail = all ? 0 : rows / 2;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(frame.rowCount()).append(frame.rowCount() == 1 ? " row" : " rows");
        text.append(" x ").append(frame.columnCount());
        text.append(frame.columnCount() == 1 ? " column\n" : " columns\n");
        List<Cells> shown = shownColumns();
        int lines = shown.isEmpty() ? 0 : shown.get(0).lines.size();
        for (int line = 0; line < lines; line++) {
            StringBuilder row = new StringBuilder();
            for (Cells cells : shown) {
                row.append(row.isEmpty() ? "" : GAP).append(cells.padded(line));
            }
            text.append(row.toString().stripTrailing()).append('\n');
            if (line == 1) {
                text.append("-".repeat(row.length())).append('\n');
            }
        }
        return text.toString();
    }

    /** As many as fit: from the left and the right in turns, with a mark where some are left out. */
    private List<Cells> shownColumns() {
        List<Cells> left = new ArrayList<>();
        List<Cells> right = new ArrayList<>();
        int columns = frame.columnCount();
        int used = 0;
        int mark = GAP.length() + CUT.length();
        while (left.size() + right.size() < columns) {
            boolean fromLeft = left.size() <= right.size();
            int place = fromLeft ? left.size() : columns - 1 - right.size();
            Cells cells = cells(place);
            boolean last = left.size() + right.size() == columns - 1;
            int needed = used + cells.width + (used == 0 ? 0 : GAP.length()) + (last ? 0 : mark);
            if (needed > width && used > 0) {
                break;
            }
            used += cells.width + (used == 0 ? 0 : GAP.length());
            if (fromLeft) {
                left.add(cells);
            } else {
                right.add(0, cells);
            }
        }
        if (left.size() + right.size() < columns) {
            left.add(leftOut());
        }
        left.addAll(right);
        return left;
    }

    private Cells cells(int place) {
        Column column = frame.column(place);
        Column texts = frame.textColumn(place);
        boolean number = Number.class.isAssignableFrom(column.javaType());
        Cells cells = new Cells(number);
        cells.add(CellText.of(column.name(), LONGEST_CELL));
        cells.add(CellText.of(FieldTypes.describe(column.field()), LONGEST_CELL));
        for (long row = 0; row < head; row++) {
            cells.add(CellText.of(texts.get(row), LONGEST_CELL));
        }
        if (head + tail < frame.rowCount()) {
            cells.add(CUT);
        }
        for (long row = frame.rowCount() - tail; row < frame.rowCount(); row++) {
            cells.add(CellText.of(texts.get(row), LONGEST_CELL));
        }
        return cells;
    }

    private Cells leftOut() {
        Cells cells = new Cells(false);
        long lines = 2 + head + tail + (head + tail < frame.rowCount() ? 1 : 0);
        for (long line = 0; line < lines; line++) {
            cells.add(CUT);
        }
        return cells;
    }

    /** The cells of a column, name and type first. */
    private static final class Cells {
        final List<String> lines = new ArrayList<>();
        final boolean right;
        int width;

        Cells(boolean right) {
            this.right = right;
        }

        void add(String cell) {
            lines.add(cell);
            width = Math.max(width, CellText.width(cell));
        }

        String padded(int line) {
            String cell = lines.get(line);
            String blanks = " ".repeat(width - CellText.width(cell));
            return right ? blanks + cell : cell + blanks;
        }
    }
}
