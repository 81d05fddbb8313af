package dev.bowyer.engine;

import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// A file of one column `n` with ascending numbers, chunk by chunk.
final class NumberFile {
    private final OutputFormat format;
    private boolean begun;

    /// @param format of text
    NumberFile(OutputFormat format) {
        this.format = format;
    }

    /// The next `count` rows.
    String rows(long first, int count) {
        boolean isFirst = !begun;
        begun = true;
        return switch (format) {
            case JSON -> (isFirst ? "[" : ",") + joined(first, count, ",", n -> "{\"n\":" + n + "}");
            case NDJSON -> joined(first, count, "\n", n -> "{\"n\":" + n + "}") + "\n";
            case CSV -> (isFirst ? "n\n" : "") + joined(first, count, "\n", Long::toString) + "\n";
            case ARROW, PARQUET -> throw new IllegalArgumentException(format + " is not text");
        };
    }

    /// What ends it; empty: nothing.
    String end() {
        return switch (format) {
            case JSON -> begun ? "]" : "[]";
            case NDJSON -> "";
            case CSV -> begun ? "" : "n\n";
            case ARROW, PARQUET -> throw new IllegalArgumentException(format + " is not text");
        };
    }

    private static String joined(long first, int count, String between, LongFunction<String> text) {
        return LongStream.range(first, first + count).mapToObj(text).collect(Collectors.joining(between));
    }
}
