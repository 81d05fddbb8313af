package dev.bowyer.http.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a header such as Accept or Accept-Encoding takes, with the weights it gives (RFC 9110, 12.4.2). A weight that
/// cannot be read counts as 0.
record Accepted(List<Range> ranges) {
    private static final double EVERYTHING = 1;

    Accepted {
        ranges = List.copyOf(ranges);
    }

    /// @param name in lower case, parameters left out
    private record Range(String name, double quality) {
        /// How exactly it names `wanted`: 0 not at all, 3 by name.
        int matches(String wanted) {
            if (name.equals(wanted)) {
                return 3;
            }
            if (name.endsWith("/*") && wanted.startsWith(name.substring(0, name.length() - 1))) {
                return 2;
            }
            return name.equals("*/*") || name.equals("*") ? 1 : 0;
        }
    }

    /// @param header null or blank: everything is taken
    static Accepted parse(@Nullable String header) {
        List<Range> ranges = new ArrayList<>();
        for (String range : (header == null ? "" : header).split(",", -1)) {
            String[] parts = range.split(";", -1);
            String name = parts[0].strip().toLowerCase(Locale.ROOT);
            if (!name.isEmpty()) {
                ranges.add(new Range(name, quality(parts)));
            }
        }
        return new Accepted(ranges);
    }

    /// The weight of the range that names `wanted` most exactly; 0: not taken.
    double quality(String wanted) {
        if (ranges.isEmpty()) {
            return EVERYTHING;
        }
        int best = 0;
        double quality = 0;
        for (Range range : ranges) {
            int matches = range.matches(wanted);
            if (matches > best) {
                best = matches;
                quality = range.quality();
            }
        }
        return quality;
    }

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("q=")) {
                String weight = parameter.substring(2).strip();
                return weight.matches("[01](\\.[0-9]{0,3})?") ? Math.min(EVERYTHING, Double.parseDouble(weight)) : 0;
            }
        }
        return EVERYTHING;
    }
}
