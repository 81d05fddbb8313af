package dev.bowyer.engine;

import java.util.regex.Pattern;

/// How a plan is shown. [#ANALYZE] runs the statement and shows the physical plan with its metrics.
public enum ExplainFormat {
    INDENT,
    TREE,
    GRAPHVIZ,
    PGJSON,
    ANALYZE;

    /// A statement, after blanks and comments, that would be read as options of EXPLAIN or as another
    /// EXPLAIN.
    private static final Pattern OPTION = Pattern.compile(
            "(?:\\s|--[^\\n]*\\n|/\\*.*?\\*/)*+(?:EXPLAIN|DESCRIBE|DESC|ANALYZE|VERBOSE|FORMAT)\\b.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /// Whether the text cannot stand behind EXPLAIN, being one itself, or what EXPLAIN takes for an option.
    public static boolean isExplain(String sql) {
        return OPTION.matcher(sql).matches();
    }
}
