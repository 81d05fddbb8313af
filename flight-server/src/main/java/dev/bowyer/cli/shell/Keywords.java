package dev.bowyer.cli.shell;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/// Words of SQL that are worth completing, in small letters.
final class Keywords {
    /// Those that a name must be quoted for.
    static final Set<String> RESERVED = set("""
            all and anti any as asc between by case cast cross current_date current_timestamp desc distinct else end
            except exists false fetch for from full group having in inner intersect interval into is join lateral left
            like limit natural not null offset on or order outer over partition qualify right select semi set table then
            true union unnest using values when where window with""");

    /// With functions of every day.
    static final Set<String> ALL = and(RESERVED, set("""
            abs analyze approx_distinct array_agg avg ceil coalesce concat count date_part date_trunc dense_rank describe
            explain extract filter first first_value floor following format ilike lag last last_value lead least length
            lower lpad max md5 median min now ntile nullif nulls position power preceding random range rank recursive
            regexp_like regexp_replace replace round row row_number rows rpad rtrim show similar split_part sqrt
            starts_with stddev strpos substr sum tables to_char to_date to_timestamp trim try_cast unbounded upper var_pop
            verbose"""));

    private Keywords() {}

    private static Set<String> set(String words) {
        return Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(words.split("\\s+", -1))));
    }

    private static Set<String> and(Set<String> some, Set<String> more) {
        Set<String> all = new LinkedHashSet<>(some);
        all.addAll(more);
        return Collections.unmodifiableSet(all);
    }
}
