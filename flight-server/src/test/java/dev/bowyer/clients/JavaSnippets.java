package dev.bowyer.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The Java of a page of Markdown: blocks that begin with three back-ticks and `java`. A block of `text` behind one is
/// what it prints. A comment of HTML in the line before it says how it is to be run, if not as the others.
final class JavaSnippets {
    private static final Pattern BLOCK = Pattern.compile(
            "(?m)(?:^<!-- ([a-z ]+) -->\\n)?^```java\\n(.*?)^```\\n(?:\\n```text\\n(.*?)^```\\n)?", Pattern.DOTALL);

    /// @param line of its first line in the page, from 1
    /// @param prints null: nobody said
    record Snippet(
            int line, Manner manner, String text, @Nullable String prints) {}

    /// What is done with a snippet.
    enum Manner {
        RUN,
        COMPILE_ONLY,
        /// By `jshell`.
        JSHELL_SCRIPT,
        /// In Jupyter, by `clients-it/test_java_notebook.py`.
        NOTEBOOK_CELL;

        private static Manner of(@Nullable String comment) {
            return comment == null ? RUN : valueOf(comment.replace(' ', '_').toUpperCase(java.util.Locale.ROOT));
        }
    }

    private JavaSnippets() {}

    static List<Snippet> of(String page) {
        List<Snippet> found = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(page);
        while (matcher.find()) {
            int line = (int) page.substring(0, matcher.start(2)).lines().count() + 1;
            found.add(new Snippet(line, Manner.of(matcher.group(1)), matcher.group(2), matcher.group(3)));
        }
        return found;
    }
}
