package dev.bowyer.telemetry;

import org.jspecify.annotations.Nullable;

/// The text of a statement as logs may have it: strings and numbers as `?`, comments left out, one line.
/// Names of columns and tables stay.
final class StatementText {
    /// Longest text, in UTF-16 code units.
    static final int MAX_LENGTH = 500;

    private final String sql;
    private final StringBuilder text = new StringBuilder();
    private int at;

    private StatementText(String sql) {
        this.sql = sql;
    }

    /// @param sql a statement that the engine has parsed
    static String withoutValues(String sql) {
        return new StatementText(sql).written();
    }

    private String written() {
        while (at < sql.length() && text.length() <= MAX_LENGTH) {
            token();
        }
        String all = text.toString().strip();
        return all.length() <= MAX_LENGTH ? all : all.substring(0, MAX_LENGTH) + "...";
    }

    private void token() {
        char c = sql.charAt(at);
        if (Character.isWhitespace(c)) {
            at++;
            space();
        } else if (sql.startsWith("--", at)) {
            int end = sql.indexOf('\n', at);
            at = end < 0 ? sql.length() : end;
            space();
        } else if (sql.startsWith("/*", at)) {
            comment();
            space();
        } else if (c == '\'') {
            quoted('\'', isEscapeString());
            text.append('?');
        } else if (c == '"' || c == '`') {
            int from = at;
            quoted(c, false);
            text.append(sql, from, at);
        } else if (c == '$' && dollarTag() != null) {
            dollarQuoted(String.valueOf(dollarTag()));
            text.append('?');
        } else if (isDigit(c) || (c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1)))) {
            number();
            text.append('?');
        } else if (isWord(c) || c == '$') {
            word();
        } else {
            at++;
            text.append(c);
        }
    }

    private void space() {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ' ') {
            text.append(' ');
        }
    }

    /// Comments may stand in comments.
    private void comment() {
        int depth = 0;
        do {
            if (sql.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (sql.startsWith("*/", at)) {
                depth--;
                at += 2;
            } else {
                at++;
            }
        } while (depth > 0 && at < sql.length());
    }

    /// Past the closing quote, or the end. A doubled quote is one of the text.
    private void quoted(char quote, boolean hasEscapes) {
        at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c == '\\' && hasEscapes) {
                at++;
            } else if (c == quote) {
                if (at >= sql.length() || sql.charAt(at) != quote) {
                    break;
                }
                at++;
            }
        }
        at = Math.min(at, sql.length());
    }

    /// Whether the quote here follows an `E` that is a word of its own.
    private boolean isEscapeString() {
        return at > 0
                && (sql.charAt(at - 1) == 'E' || sql.charAt(at - 1) == 'e')
                && (at == 1 || !isWord(sql.charAt(at - 2)));
    }

    /// `$$` or `$tag$` here; null: none, but perhaps a parameter.
    private @Nullable String dollarTag() {
        int end = at + 1;
        while (end < sql.length() && isWord(sql.charAt(end))) {
            end++;
        }
        boolean isTag = end < sql.length() && sql.charAt(end) == '$' && (end == at + 1 || !isDigit(sql.charAt(at + 1)));
        return isTag ? sql.substring(at, end + 1) : null;
    }

    private void dollarQuoted(String tag) {
        int end = sql.indexOf(tag, at + tag.length());
        at = end < 0 ? sql.length() : end + tag.length();
    }

    private void number() {
        while (at < sql.length() && (isWord(sql.charAt(at)) || sql.charAt(at) == '.' || isExponentSign())) {
            at++;
        }
    }

    private boolean isExponentSign() {
        char c = sql.charAt(at);
        char before = sql.charAt(at - 1);
        return (c == '+' || c == '-') && (before == 'e' || before == 'E');
    }

    private void word() {
        int from = at++;
        while (at < sql.length() && isWord(sql.charAt(at))) {
            at++;
        }
        text.append(sql, from, at);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }
}
