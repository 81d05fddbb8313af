package dev.bowyer.engine;

/// How a plan is shown. [#ANALYZE] runs the statement and shows the physical plan with its metrics.
public enum ExplainFormat {
    INDENT,
    TREE,
    GRAPHVIZ,
    PGJSON,
    ANALYZE
}
