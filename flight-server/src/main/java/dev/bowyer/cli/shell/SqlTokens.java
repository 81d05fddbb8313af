package dev.bowyer.cli.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The words of SQL text, as far as completion needs to know them: without blanks, comments and what stands in texts.
final class SqlTokens {
    private static final Pattern TOKEN = Pattern.compile(
            "(?<text>'[^']*+'?)|(?<comment>--[^\n]*+|/\\*[\\s\\S]*?(?:\\*/|\\z))|(?<quoted>\"[^\"]*+\"?)"
                    + "|(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*+)|(?<symbol>\\S)");

    private SqlTokens() {}

    enum Kind {
        WORD,
        /// A name in quotes, which may lack the last one.
        QUOTED,
        TEXT,
        SYMBOL
    }

    /// @param text as it stands there
    /// @param end behind its last character
    record Token(Kind kind, String text, int end) {

        int start() {
            return end - text.length();
        }

        boolean isName() {
            return kind == Kind.WORD || kind == Kind.QUOTED;
        }

        /// Of a name, what it stands for: small letters, or what is in the quotes.
        String name() {
            return kind == Kind.QUOTED ? text.replaceAll("^\"|\"$", "") : text.toLowerCase(Locale.ROOT);
        }

        boolean is(String wordOrSymbol) {
            return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equalsIgnoreCase(wordOrSymbol);
        }
    }

    /// What `text` consists of.
    static List<Token> of(String text) {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            if (matcher.group("comment") == null) {
                tokens.add(new Token(kind(matcher), matcher.group(), matcher.end()));
            }
        }
        return tokens;
    }

    /// Whether the end of `text` lies in a text or a comment.
    static boolean endsInside(String text) {
        Matcher matcher = TOKEN.matcher(text);
        boolean inside = false;
        while (matcher.find()) {
            String token = matcher.group();
            boolean atEnd = matcher.end() == text.length();
            if (matcher.group("text") != null) {
                inside = atEnd && (token.length() == 1 || !token.endsWith("'"));
            } else if (matcher.group("comment") != null) {
                inside = atEnd && (token.startsWith("--") || !token.endsWith("*/"));
            } else {
                inside = false;
            }
        }
        return inside;
    }

    private static Kind kind(Matcher matcher) {
        if (matcher.group("word") != null) {
            return Kind.WORD;
        } else if (matcher.group("quoted") != null) {
            return Kind.QUOTED;
        }
        return matcher.group("text") != null ? Kind.TEXT : Kind.SYMBOL;
    }
}
