package dev.bowyer.cli.shell;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/// Answers the TAB key.
final class NameCompleter implements Completer {
    private final NameLoader names;

    NameCompleter(NameLoader names) {
        this.names = names;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        String before = line.line().substring(0, line.cursor());
        List<String> found = Command.begins(before)
                ? ofCommand(names.names(), before)
                : Completion.of(names.names(), before, line.line().substring(line.cursor()))
                        .candidates();
        for (String text : found) {
            boolean whole = !text.endsWith(".");
            candidates.add(new Candidate(text, text, null, null, null, null, whole));
        }
    }

    /// A command's name, or its argument.
    static List<String> ofCommand(Names names, String before) {
        String line = before.stripLeading();
        int blank = line.indexOf(' ');
        String typed = line.substring(line.lastIndexOf(' ') + 1).toLowerCase(Locale.ROOT);
        Stream<String> all;
        if (blank < 0) {
            all = Command.names().stream();
        } else {
            all = switch (line.substring(0, blank)) {
                case "\\d" ->
                    names.tables().stream()
                            .map(table -> table.namespace().isEmpty()
                                    ? table.name()
                                    : table.namespace() + "." + table.name());
                case "\\format" -> Stream.of("table", "md", "csv", "json", "ndjson");
                case "\\x", "\\timing" -> Stream.of("on", "off");
                default -> Stream.empty();
            };
        }
        return all.filter(text -> text.toLowerCase(Locale.ROOT).startsWith(typed))
                .limit(Completion.MAX_CANDIDATES)
                .toList();
    }
}
