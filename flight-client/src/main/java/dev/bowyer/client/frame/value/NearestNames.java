package dev.bowyer.client.frame.value;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** For errors about a name that is not there: the names that are most like it. */
public final class NearestNames {
    private static final int SHOWN = 3;
    private static final int LONGEST = 64;

    private NearestNames() {}

    /** A hint such as {@code nearest: 'fare', 'fares', 'tare'}, or that there are no names. */
    public static String hint(String name, List<String> names) {
        if (names.isEmpty()) {
            return "there are no columns";
        }
        String wanted = folded(name);
        return names.stream()
                .sorted(Comparator.comparingInt(other -> distance(wanted, folded(other))))
                .limit(SHOWN)
                .map(other -> "'" + other + "'")
                .collect(Collectors.joining(", ", "nearest: ", ""));
    }

    private static String folded(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.length() > LONGEST ? lower.substring(0, LONGEST) : lower;
    }

    /** Characters to insert, delete or replace. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.length()];
    }
}
