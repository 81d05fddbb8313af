package dev.bowyer.error;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// "Did you mean". The Rust engine has the same rule for columns and functions.
public final class NearestNames {
    /// Names shown in one hint at the most.
    static final int SHOWN = 3;

    /// A name is near when at most half of its letters differ and no more than these; one may always differ.
    private static final int MAX_MISTAKES = 3;

    /// A longer name is not compared: the cost of a comparison grows with the square of the length.
    private static final int MAX_LENGTH = 512;

    private NearestNames() {}

    /// @return `did you mean "trips"?` with the nearest of `known`, several if they are equally near; null if none
    ///     is near. Upper and lower case count as equal
    public static @Nullable String hint(String wrong, Stream<String> known) {
        String target = wrong.toLowerCase(Locale.ROOT);
        if (target.length() > MAX_LENGTH) {
            return null;
        }
        int limit = Math.clamp(target.length() / 2, 1, MAX_MISTAKES);
        List<Near> near = known.filter(name -> Math.abs(name.length() - target.length()) <= limit)
                .distinct()
                .map(name -> new Near(distance(target, name.toLowerCase(Locale.ROOT)), name))
                .filter(name -> name.distance() <= limit)
                .sorted(Comparator.comparingInt(Near::distance).thenComparing(Near::name))
                .toList();
        return near.isEmpty()
                ? null
                : near.stream()
                        .filter(name -> name.distance() == near.getFirst().distance())
                        .limit(SHOWN)
                        .map(Near::name)
                        .collect(Collectors.joining("\" or \"", "did you mean \"", "\"?"));
    }

    /// Levenshtein distance, a row of its table at a time.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 0; i < a.length(); i++) {
            int corner = row[0];
            row[0] = i + 1;
            for (int j = 0; j < b.length(); j++) {
                int above = row[j + 1];
                int replaced = corner + (a.charAt(i) == b.charAt(j) ? 0 : 1);
                row[j + 1] = Math.min(replaced, Math.min(above, row[j]) + 1);
                corner = above;
            }
        }
        return row[b.length()];
    }

    private record Near(int distance, String name) {}
}
