package dev.bowyer.cli.shell;

import dev.bowyer.cli.shell.Names.Table;
import dev.bowyer.cli.shell.SqlTokens.Token;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/// What may stand where the cursor is in a statement.
///
/// @param start where the word begins that a candidate replaces, up to the cursor
/// @param candidates as they stand in SQL
record Completion(int start, List<String> candidates) {
    static final int MAX_CANDIDATES = 500;

    /// Words that a table's name follows.
    private static final Set<String> BEFORE_TABLE = Set.of("from", "join", "into", "update", "table", "describe");

    /// Words that end the list of tables.
    private static final Set<String> AFTER_TABLES =
            Set.of("where", "group", "order", "having", "limit", "union", "select", "on", "using", "window", "qualify");

    /// @param before text of the line up to the cursor
    /// @param after the rest of it
    static Completion of(Names names, String before, String after) {
        if (SqlTokens.endsInside(before)) {
            return new Completion(before.length(), List.of());
        }
        List<Token> tokens = ofStatement(SqlTokens.of(before));
        Token word = null;
        if (!tokens.isEmpty() && tokens.getLast().isName() && tokens.getLast().end() == before.length()) {
            word = tokens.removeLast();
        }
        String typed = word == null ? "" : word.text();
        Collection<String> candidates =
                candidates(names, tokens, tablesOf(names, before + after, before.length()), typed);
        return new Completion(
                before.length() - typed.length(),
                candidates.stream()
                        .filter(candidate -> continues(candidate, typed))
                        .limit(MAX_CANDIDATES)
                        .toList());
    }

    private static Collection<String> candidates(Names names, List<Token> before, List<Use> uses, String typed) {
        Set<String> found = new LinkedHashSet<>();
        int last = before.size() - 1;
        if (last >= 1 && before.get(last).is(".") && before.get(last - 1).isName()) {
            String qualifier = before.get(last - 1).name();
            List<Table> meant = uses.stream()
                    .filter(use -> use.alias().equals(qualifier))
                    .map(Use::table)
                    .toList();
            Stream<Table> tables = meant.isEmpty()
                    ? names.tables().stream().filter(table -> table.name().equals(qualifier))
                    : meant.stream();
            tables.flatMap(table -> table.columns().stream()).forEach(column -> found.add(quoted(column)));
            names.in(qualifier).forEach(table -> found.add(quoted(table.name())));
            return found;
        }
        if (wantsTable(before)) {
            names.in("").forEach(table -> found.add(quoted(table.name())));
            names.namespaces().forEach(namespace -> found.add(quoted(namespace) + "."));
            return found;
        }
        Stream<Table> tables =
                uses.isEmpty() ? names.tables().stream() : uses.stream().map(Use::table);
        if (!before.isEmpty() && (!typed.isEmpty() || !uses.isEmpty())) {
            tables.flatMap(table -> table.columns().stream()).forEach(column -> found.add(quoted(column)));
            uses.forEach(use -> found.add(quoted(use.alias())));
        }
        if (!typed.isEmpty()) {
            boolean small = Character.isLowerCase(typed.charAt(typed.length() - 1));
            Keywords.ALL.forEach(keyword -> found.add(small ? keyword : keyword.toUpperCase(Locale.ROOT)));
        }
        return found;
    }

    /// Without regard to case, and to quotes that were not typed.
    private static boolean continues(String candidate, String typed) {
        boolean quote = candidate.startsWith("\"") && !typed.startsWith("\"");
        return candidate.regionMatches(true, quote ? 1 : 0, typed, 0, typed.length());
    }

    private static boolean wantsTable(List<Token> before) {
        if (before.isEmpty()) {
            return false;
        }
        Token last = before.getLast();
        if (!last.is(",")) {
            return BEFORE_TABLE.contains(last.text().toLowerCase(Locale.ROOT));
        }
        int depth = 0;
        for (Token token : before.reversed()) {
            depth += token.is(")") ? 1 : token.is("(") ? -1 : 0;
            String text = token.text().toLowerCase(Locale.ROOT);
            if (depth < 0 || (depth == 0 && AFTER_TABLES.contains(text))) {
                return false;
            } else if (depth == 0 && text.equals("from")) {
                return true;
            }
        }
        return false;
    }

    /// A table in a statement, under the name that it has there.
    private record Use(String alias, Table table) {}

    /// The tables of the statement that the cursor is in.
    private static List<Use> tablesOf(Names names, String text, int cursor) {
        List<Token> all = SqlTokens.of(text);
        int from = 0;
        int to = all.size();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).is(";")) {
                if (all.get(i).end() <= cursor) {
                    from = i + 1;
                } else {
                    to = i;
                    break;
                }
            }
        }
        List<Token> tokens = all.subList(from, to);
        List<Use> uses = new ArrayList<>();
        boolean inTables = false;
        for (int i = 0; i < tokens.size(); i++) {
            String word = tokens.get(i).text().toLowerCase(Locale.ROOT);
            inTables = BEFORE_TABLE.contains(word) || (inTables && !AFTER_TABLES.contains(word));
            boolean begins = BEFORE_TABLE.contains(word) || (inTables && word.equals(","));
            if (begins && i + 1 < tokens.size() && tokens.get(i + 1).isName()) {
                addUse(names, tokens, i + 1, uses);
            }
        }
        return uses;
    }

    private static void addUse(Names names, List<Token> tokens, int first, List<Use> uses) {
        int at = first;
        String namespace = "";
        String name = tokens.get(at).name();
        while (at + 2 < tokens.size()
                && tokens.get(at + 1).is(".")
                && tokens.get(at + 2).isName()) {
            namespace = name;
            at += 2;
            name = tokens.get(at).name();
        }
        int next = at + 1;
        if (next < tokens.size() && tokens.get(next).is("as")) {
            next++;
        }
        boolean aliased = next < tokens.size()
                && tokens.get(next).isName()
                && !Keywords.ALL.contains(tokens.get(next).text().toLowerCase(Locale.ROOT));
        String alias = aliased ? tokens.get(next).name() : name;
        for (Table table : names.in(namespace)) {
            if (table.name().equals(name)) {
                uses.add(new Use(alias, table));
            }
        }
    }

    private static List<Token> ofStatement(List<Token> tokens) {
        List<Token> statement = new ArrayList<>();
        for (Token token : tokens) {
            if (token.is(";")) {
                statement.clear();
            } else {
                statement.add(token);
            }
        }
        return statement;
    }

    private static String quoted(String name) {
        return Names.quoted(name, Keywords.RESERVED);
    }
}
