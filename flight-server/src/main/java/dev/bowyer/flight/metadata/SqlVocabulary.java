package dev.bowyer.flight.metadata;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportsConvert;

/// The words of the SQL dialect that clients complete, highlight and quote by. Functions are named as SQL
/// calls them, in the categories of JDBC; those of nested values have none there. A test compares all of it with the
/// engine.
final class SqlVocabulary {
    /// Words that cannot be every name unless they are quoted, and that SQL:2003 does not reserve.
    static final List<String> KEYWORDS = words("""
            ANALYZE ANTI ASOF CLUSTER DISTRIBUTE EXCLUDE EXPLAIN FORMAT ILIKE LIMIT MATCH_RECOGNIZE MINUS
            OFFSET PIVOT PREWHERE QUALIFY RETURNING SAMPLE SEMI SETTINGS SORT TOP UNPIVOT VIEW""");

    static final List<String> NUMERIC_FUNCTIONS = words("""
            abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh cot degrees exp factorial floor
            gcd isnan iszero lcm ln log log10 log2 nanvl pi pow power radians rand random round signum
            sin sinh sqrt tan tanh trunc""");

    static final List<String> STRING_FUNCTIONS = words("""
            ascii bit_length btrim char_length character_length chr concat concat_ws contains decode
            digest encode ends_with find_in_set initcap instr left length levenshtein lower lpad ltrim
            md5 octet_length overlay position regexp_count regexp_instr regexp_like regexp_match
            regexp_replace repeat replace reverse right rpad rtrim sha224 sha256 sha384 sha512 split_part
            starts_with strpos substr substr_index substring substring_index to_hex translate trim upper""");

    static final List<String> SYSTEM_FUNCTIONS = words("""
            arrow_cast arrow_try_cast arrow_typeof coalesce greatest ifnull least nullif nvl nvl2 uuid
            version""");

    static final List<String> DATETIME_FUNCTIONS = words("""
            current_date current_time current_timestamp date_bin date_format date_part date_trunc
            datepart datetrunc extract from_unixtime make_date make_time now to_char to_date
            to_local_time to_time to_timestamp to_timestamp_micros to_timestamp_millis to_timestamp_nanos
            to_timestamp_seconds to_unixtime today""");

    private static final List<SqlSupportsConvert> EXACT = List.of(
            SqlSupportsConvert.SQL_CONVERT_BIGINT,
            SqlSupportsConvert.SQL_CONVERT_INTEGER,
            SqlSupportsConvert.SQL_CONVERT_SMALLINT,
            SqlSupportsConvert.SQL_CONVERT_TINYINT);
    private static final List<SqlSupportsConvert> APPROXIMATE =
            List.of(SqlSupportsConvert.SQL_CONVERT_FLOAT, SqlSupportsConvert.SQL_CONVERT_REAL);
    private static final List<SqlSupportsConvert> DECIMALS =
            List.of(SqlSupportsConvert.SQL_CONVERT_DECIMAL, SqlSupportsConvert.SQL_CONVERT_NUMERIC);
    private static final List<SqlSupportsConvert> BIT = List.of(SqlSupportsConvert.SQL_CONVERT_BIT);
    private static final List<SqlSupportsConvert> DATE = List.of(SqlSupportsConvert.SQL_CONVERT_DATE);
    private static final List<SqlSupportsConvert> TIME = List.of(SqlSupportsConvert.SQL_CONVERT_TIME);
    private static final List<SqlSupportsConvert> TIMESTAMP = List.of(SqlSupportsConvert.SQL_CONVERT_TIMESTAMP);
    private static final List<SqlSupportsConvert> TEXTS = List.of(
            SqlSupportsConvert.SQL_CONVERT_CHAR,
            SqlSupportsConvert.SQL_CONVERT_LONGVARCHAR,
            SqlSupportsConvert.SQL_CONVERT_VARCHAR);

    /// From a type to those that `CAST` makes of it, as numbers of `SqlSupportsConvert`.
    static final SortedMap<Integer, List<Integer>> CONVERSIONS = conversions();

    private SqlVocabulary() {}

    private static List<String> words(String text) {
        return List.of(text.strip().split("\\s+"));
    }

    private static SortedMap<Integer, List<Integer>> conversions() {
        SortedMap<Integer, List<Integer>> conversions = new TreeMap<>();
        put(conversions, EXACT, List.of(EXACT, APPROXIMATE, DECIMALS, BIT, TEXTS));
        put(conversions, APPROXIMATE, List.of(EXACT, APPROXIMATE, DECIMALS, BIT, TEXTS));
        put(conversions, DECIMALS, List.of(EXACT, APPROXIMATE, DECIMALS, TEXTS));
        put(conversions, BIT, List.of(EXACT, APPROXIMATE, BIT, TEXTS));
        put(conversions, DATE, List.of(DATE, TIMESTAMP, TEXTS));
        put(conversions, TIME, List.of(TIME, TEXTS));
        put(conversions, TIMESTAMP, List.of(DATE, TIME, TIMESTAMP, TEXTS));
        put(conversions, TEXTS, List.of(EXACT, APPROXIMATE, DECIMALS, BIT, DATE, TIME, TIMESTAMP, TEXTS));
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
