package dev.bowyer.http.sql;

import dev.bowyer.engine.OutputFormat;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.http.exchange.HttpRefusal;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A form that rows are answered in. The first is what a client gets that takes anything.
enum ResponseFormat {
    JSON(OutputFormat.JSON, true, "application/json", ""),
    NDJSON(OutputFormat.NDJSON, true, "application/x-ndjson", "application/ndjson,application/jsonl"),
    CSV(OutputFormat.CSV, true, "text/csv", ""),
    ARROW(OutputFormat.ARROW, false, "application/vnd.apache.arrow.stream", ""),
    PARQUET(OutputFormat.PARQUET, false, "application/vnd.apache.parquet", "");

    private final OutputFormat output;
    private final boolean isText;
    private final String mediaType;
    /// Other names of it, with commas between; empty: none.
    private final String aliases;

    ResponseFormat(OutputFormat output, boolean isText, String mediaType, String aliases) {
        this.output = output;
        this.isText = isText;
        this.mediaType = mediaType;
        this.aliases = aliases;
    }

    OutputFormat output() {
        return output;
    }

    /// Whether it is worth compressing; the others are compressed, or read as they are.
    boolean isText() {
        return isText;
    }

    /// The value of the Content-Type header.
    String contentType() {
        return switch (this) {
            case CSV -> mediaType + "; charset=utf-8; header=present";
            case JSON, NDJSON, ARROW, PARQUET -> mediaType;
        };
    }

    /// As in `?format=`.
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @param asked the value of `?format=`, which wins; null: none
    /// @param accept the Accept header; null: none
    /// @throws HttpRefusal 400 for an unknown name, 406 when the header takes none
    static ResponseFormat choose(@Nullable String asked, @Nullable String accept) {
        if (asked != null) {
            return Arrays.stream(values())
                    .filter(format -> format.key().equals(asked))
                    .findFirst()
                    .orElseThrow(() -> HttpRefusal.of(
                            400,
                            ErrorCode.INVALID_ARGUMENT,
                            "format: \"" + asked + "\" (expected: " + keys() + ")",
                            null));
        }
        Accepted accepted = Accepted.parse(accept);
        ResponseFormat best = null;
        double bestQuality = 0;
        for (ResponseFormat format : values()) {
            double quality = format.names().mapToDouble(accepted::quality).max().orElse(0);
            if (quality > bestQuality) {
                best = format;
                bestQuality = quality;
            }
        }
        if (best == null) {
            throw HttpRefusal.of(
                    406,
                    ErrorCode.INVALID_ARGUMENT,
                    "Accept: " + accept + " takes none of the formats there are",
                    "send one of " + types() + ", or ?format=" + keys());
        }
        return best;
    }

    private Stream<String> names() {
        return Stream.concat(
                Stream.of(mediaType), Arrays.stream(aliases.split(",", -1)).filter(alias -> !alias.isEmpty()));
    }

    private static String keys() {
        return Arrays.stream(values()).map(ResponseFormat::key).collect(Collectors.joining(", "));
    }

    private static String types() {
        return Arrays.stream(values()).map(format -> format.mediaType).collect(Collectors.joining(", "));
    }
}
