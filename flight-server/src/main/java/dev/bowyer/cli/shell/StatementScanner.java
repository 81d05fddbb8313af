package dev.bowyer.cli.shell;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;

/// Cuts SQL into statements at its semicolons, line by line; those in texts, quoted names and comments do not count.
/// As the server's dialect has it: `''` in texts, `\'` in `E'...'` texts, `$tag$` texts, nested comments.
final class StatementScanner {
    /// Characters of one statement.
    static final int MAX_STATEMENT = 1 << 20;

    private enum Within {
        CODE,
        TEXT,
        ESCAPED_TEXT,
        NAME,
        BACKTICKS,
        DOLLARS,
        COMMENT
    }

    private final StringBuilder statement = new StringBuilder();
    private Within within = Within.CODE;
    private String dollarTag = "";
    private int commentDepth;
    private boolean begun;

    /// @param line without its end
    /// @return the statements that end in it, without semicolon; empty ones are left out
    /// @throws ServiceException INVALID_ARGUMENT when a statement gets too long; it is dropped
    List<String> feed(String line) {
        List<String> ended = new ArrayList<>();
        int i = 0;
        while (i < line.length()) {
            if (within == Within.CODE && line.charAt(i) == ';') {
                if (begun) {
                    ended.add(statement.toString().strip());
                }
                reset();
                i++;
            } else {
                int next = within == Within.CODE ? code(line, i) : quoted(line, i);
                statement.append(line, i, next);
                i = next;
            }
        }
        statement.append('\n');
        if (statement.length() > MAX_STATEMENT) {
            reset();
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a statement has more than " + MAX_STATEMENT + " characters",
                    "a statement ends with ;");
        }
        return ended;
    }

    /// Whether a statement has begun and not ended. Blanks and comments begin none.
    boolean hasBegun() {
        return begun || within == Within.COMMENT;
    }

    /// The statement that has begun; what was fed is forgotten. Blank if there is none.
    String takeRest() {
        String rest = begun ? statement.toString().strip() : "";
        reset();
        return rest;
    }

    /// What ends the innermost text, name or comment that is open, or the statement.
    String missing() {
        return switch (within) {
            case CODE -> ";";
            case TEXT, ESCAPED_TEXT -> "'";
            case NAME -> "\"";
            case BACKTICKS -> "`";
            case DOLLARS -> dollarTag;
            case COMMENT -> "*/";
        };
    }

    private void reset() {
        statement.setLength(0);
        within = Within.CODE;
        commentDepth = 0;
        begun = false;
    }

    /// What begins at `i`, outside of quotes and comments; returns where it ends.
    private int code(String line, int i) {
        char c = line.charAt(i);
        if (line.startsWith("--", i)) {
            return line.length();
        } else if (line.startsWith("/*", i)) {
            return open(Within.COMMENT, i + 2);
        } else if (Character.isWhitespace(c)) {
            return i + 1;
        }
        begun = true;
        return switch (c) {
            case '\'' -> open(Within.TEXT, i + 1);
            case '"' -> open(Within.NAME, i + 1);
            case '`' -> open(Within.BACKTICKS, i + 1);
            case '$' -> dollars(line, i);
            case 'e', 'E' -> line.startsWith("'", i + 1) ? open(Within.ESCAPED_TEXT, i + 2) : word(line, i);
            default -> word(line, i);
        };
    }

    private int open(Within what, int end) {
        within = what;
        commentDepth = what == Within.COMMENT ? 1 : 0;
        return end;
    }

    private int dollars(String line, int i) {
        int end = i + 1;
        while (end < line.length() && (Character.isLetterOrDigit(line.charAt(end)) || line.charAt(end) == '_')) {
            end++;
        }
        boolean parameter = end > i + 1 && Character.isDigit(line.charAt(i + 1));
        if (parameter || end == line.length() || line.charAt(end) != '$') {
            return end;
        }
        dollarTag = line.substring(i, end + 1);
        return open(Within.DOLLARS, end + 1);
    }

    /// A word whole, since a letter e or a dollar within it begins no text; of other characters, one.
    private static int word(String line, int i) {
        int end = i;
        while (end < line.length()
                && (Character.isLetterOrDigit(line.charAt(end)) || "_$#@".indexOf(line.charAt(end)) >= 0)) {
            end++;
        }
        return Math.max(end, i + 1);
    }

    /// The next part of a text, name or comment; returns where it ends.
    private int quoted(String line, int i) {
        return switch (within) {
            case CODE -> throw new IllegalStateException("nothing is open");
            case TEXT -> until(line, i, "'");
            case NAME -> until(line, i, "\"");
            case BACKTICKS -> until(line, i, "`");
            case DOLLARS -> until(line, i, dollarTag);
            case ESCAPED_TEXT -> {
                if (line.charAt(i) == '\\') {
                    yield Math.min(i + 2, line.length());
                }
                yield line.charAt(i) == '\'' ? close(i + 1) : i + 1;
            }
            case COMMENT -> {
                if (line.startsWith("/*", i)) {
                    commentDepth++;
                    yield i + 2;
                } else if (line.startsWith("*/", i)) {
                    commentDepth--;
                    yield commentDepth == 0 ? close(i + 2) : i + 2;
                }
                yield i + 1;
            }
        };
    }

    /// A doubled quote closes and opens again, which comes to the same.
    private int until(String line, int from, String end) {
        int at = line.indexOf(end, from);
        return at < 0 ? line.length() : close(at + end.length());
    }

    private int close(int end) {
        within = Within.CODE;
        return end;
    }
}
