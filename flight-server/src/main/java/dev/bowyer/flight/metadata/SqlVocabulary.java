package dev.bowyer.flight.metadata;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportsConvert;

/// The words of the SQL dialect that clients complete, highlight and quote by. Functions are named as SQL
/// calls them; the lists follow the JDBC categories and name what people use, not every alias.
final class SqlVocabulary {
    /// Reserved words that SQL:2003 does not have.
    static final List<String> KEYWORDS = List.of(
            "ANALYZE", "ANTI", "DESCRIBE", "EXPLAIN", "FILTER", "ILIKE", "LIMIT", "OFFSET", "QUALIFY", "SEMI", "SHOW");

    static final List<String> NUMERIC_FUNCTIONS = List.of(
            "abs",
            "acos",
            "asin",
            "atan",
            "atan2",
            "cbrt",
            "ceil",
            "cos",
            "cosh",
            "cot",
            "degrees",
            "exp",
            "factorial",
            "floor",
            "gcd",
            "lcm",
            "ln",
            "log",
            "log10",
            "log2",
            "pi",
            "power",
            "radians",
            "random",
            "round",
            "signum",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
            "trunc");

    static final List<String> STRING_FUNCTIONS = List.of(
            "ascii",
            "bit_length",
            "btrim",
            "char_length",
            "chr",
            "concat",
            "concat_ws",
            "contains",
            "ends_with",
            "initcap",
            "left",
            "length",
            "lower",
            "lpad",
            "ltrim",
            "octet_length",
            "overlay",
            "position",
            "regexp_like",
            "regexp_replace",
            "repeat",
            "replace",
            "reverse",
            "right",
            "rpad",
            "rtrim",
            "split_part",
            "starts_with",
            "strpos",
            "substr",
            "substring",
            "translate",
            "trim",
            "upper");

    static final List<String> SYSTEM_FUNCTIONS =
            List.of("arrow_typeof", "coalesce", "greatest", "least", "nullif", "nvl", "nvl2", "version");

    static final List<String> DATETIME_FUNCTIONS = List.of(
            "current_date",
            "current_time",
            "current_timestamp",
            "date_bin",
            "date_part",
            "date_trunc",
            "extract",
            "from_unixtime",
            "make_date",
            "now",
            "to_char",
            "to_date",
            "to_timestamp",
            "to_unixtime");

    static final SortedMap<Integer, List<Integer>> CONVERSIONS = conversions();

    private SqlVocabulary() {}

    private static SortedMap<Integer, List<Integer>> conversions() {
        List<SqlSupportsConvert> numbers = List.of(
                SqlSupportsConvert.SQL_CONVERT_BIGINT,
                SqlSupportsConvert.SQL_CONVERT_BIT,
                SqlSupportsConvert.SQL_CONVERT_DECIMAL,
                SqlSupportsConvert.SQL_CONVERT_FLOAT,
                SqlSupportsConvert.SQL_CONVERT_INTEGER,
                SqlSupportsConvert.SQL_CONVERT_NUMERIC,
                SqlSupportsConvert.SQL_CONVERT_REAL,
                SqlSupportsConvert.SQL_CONVERT_SMALLINT,
                SqlSupportsConvert.SQL_CONVERT_TINYINT);
        List<SqlSupportsConvert> times = List.of(
                SqlSupportsConvert.SQL_CONVERT_DATE,
                SqlSupportsConvert.SQL_CONVERT_TIME,
                SqlSupportsConvert.SQL_CONVERT_TIMESTAMP);
        List<SqlSupportsConvert> texts = List.of(
                SqlSupportsConvert.SQL_CONVERT_CHAR,
                SqlSupportsConvert.SQL_CONVERT_LONGVARCHAR,
                SqlSupportsConvert.SQL_CONVERT_VARCHAR);
        SortedMap<Integer, List<Integer>> conversions = new TreeMap<>();
        put(conversions, numbers, List.of(numbers, texts));
        put(conversions, times, List.of(times, texts));
        put(conversions, texts, List.of(numbers, times, texts));
        return conversions;
    }

    private static void put(
            SortedMap<Integer, List<Integer>> conversions,
            List<SqlSupportsConvert> from,
            List<List<SqlSupportsConvert>> to) {
        List<Integer> targets = to.stream()
                .flatMap(List::stream)
                .map(SqlSupportsConvert::getNumber)
                .sorted()
                .toList();
        from.forEach(source -> conversions.put(source.getNumber(), targets));
    }
}
