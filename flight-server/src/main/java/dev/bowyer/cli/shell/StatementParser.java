package dev.bowyer.cli.shell;

import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/// Tells JLine when a statement is whole, and which word is to be completed.
final class StatementParser implements Parser {
    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.COMPLETE) {
            return new Word(line, cursor, cursor - wordStart(line.substring(0, cursor)));
        }
        boolean asked = context == ParseContext.ACCEPT_LINE || context == ParseContext.SECONDARY_PROMPT;
        if (asked && !Command.begins(line)) {
            StatementScanner scanner = new StatementScanner();
            line.lines().forEach(scanner::feed);
            if (scanner.hasBegun()) {
                throw new EOFError(-1, -1, "the statement goes on", scanner.missing());
            }
        }
        return new Word(line, cursor, 0);
    }

    /// Where the word begins that ends at the cursor.
    static int wordStart(String before) {
        if (Command.begins(before)) {
            return before.lastIndexOf(' ') + 1;
        }
        List<SqlTokens.Token> tokens = SqlTokens.of(before);
        boolean inWord = !tokens.isEmpty()
                && tokens.getLast().isName()
                && tokens.getLast().end() == before.length();
        return inWord ? tokens.getLast().start() : before.length();
    }

    /// Its word is empty, so that JLine leaves it to the completer what fits what was typed: quotes and
    /// letters' case may differ.
    private record Word(String line, int cursor, int rawWordCursor) implements CompletingParsedLine {
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordLength() {
            return rawWordCursor;
        }

        @Override
        public String word() {
            return "";
        }

        @Override
        public int wordCursor() {
            return 0;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of("");
        }
    }
}
