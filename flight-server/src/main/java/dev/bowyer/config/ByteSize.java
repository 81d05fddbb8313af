package dev.bowyer.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An amount of memory or disk: of bytes (`512MiB`) or as a share (`60%`).
public sealed interface ByteSize {

    /// The amount, where `whole` is what a share is taken of.
    long of(long whole);

    /// Reads `123`, `64KiB`, `512MiB`, `2GiB`, `1TiB`, `1.5GB` or `60%`; a unit without `i` counts in thousands.
    ///
    /// @throws IllegalArgumentException when it is nothing of that, zero, or over 100 %
    static ByteSize parse(String text) {
        Matcher size = Units.SIZE.matcher(text.strip());
        if (!size.matches()) {
            throw new IllegalArgumentException(text);
        }
        double number = Double.parseDouble(size.group(1));
        String unit = size.group(2).toUpperCase(Locale.ROOT);
        if (number <= 0 || (unit.equals("%") && number > 100)) {
            throw new IllegalArgumentException(text);
        }
        if (unit.equals("%")) {
            return new Share(number);
        }
        double bytes = number * Units.factor(unit);
        if (bytes < 1 || bytes >= Long.MAX_VALUE) {
            throw new IllegalArgumentException(text);
        }
        return new Exact((long) bytes);
    }

    /// So many bytes.
    record Exact(long bytes) implements ByteSize {
        @Override
        public long of(long whole) {
            return bytes;
        }

        @Override
        public String toString() {
            return Units.show(bytes);
        }
    }

    /// So many hundredths.
    ///
    /// @param percent over 0, up to 100
    record Share(double percent) implements ByteSize {
        @Override
        public long of(long whole) {
            return (long) (whole * percent / 100);
        }

        @Override
        public String toString() {
            return (percent == Math.rint(percent) ? Long.toString((long) percent) : Double.toString(percent)) + "%";
        }
    }

    /// What the letters after a number mean.
    final class Units {
        private static final Pattern SIZE = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([KMGT]i?B|B|%|)");
        private static final String LETTERS = "KMGT";

        private Units() {}

        private static double factor(String unit) {
            int power = unit.isEmpty() ? 0 : LETTERS.indexOf(unit.charAt(0)) + 1;
            return Math.pow(unit.indexOf('I') > 0 ? 1024 : 1000, power);
        }

        /// For people: `1.5 GiB` without the blank, exact where it is whole.
        public static String show(long bytes) {
            int power = bytes < 1024 ? 0 : Math.min(4, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
            double number = bytes / Math.pow(1024, power);
            String digits = number == Math.rint(number)
                    ? Long.toString((long) number)
                    : String.format(Locale.ROOT, "%.1f", number);
            return digits + (power == 0 ? "B" : LETTERS.charAt(power - 1) + "iB");
        }
    }
}
