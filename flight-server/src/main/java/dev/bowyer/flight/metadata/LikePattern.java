package dev.bowyer.flight.metadata;

/// A search pattern of the metadata commands: `%` any characters, `_` one character, `\` takes the next one
/// literally. Case matters. Takes time in the order of pattern times text, whatever the pattern.
record LikePattern(String pattern) {
    static final char ESCAPE = '\\';

    boolean matches(String text) {
        int p = 0;
        int t = 0;
        int afterPercent = -1;
        int retryFrom = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '%') {
                p++;
                afterPercent = p;
                retryFrom = t;
            } else if (matchesAt(p, text.charAt(t))) {
                p += width(p);
                t++;
            } else if (afterPercent >= 0) {
                retryFrom++;
                t = retryFrom;
                p = afterPercent;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '%') {
            p++;
        }
        return p == pattern.length();
    }

    private boolean matchesAt(int p, char c) {
        if (p >= pattern.length()) {
            return false;
        }
        char wanted = pattern.charAt(p);
        if (wanted == ESCAPE && p + 1 < pattern.length()) {
            return pattern.charAt(p + 1) == c;
        }
        return wanted == '_' || wanted == c;
    }

    private int width(int p) {
        return pattern.charAt(p) == ESCAPE && p + 1 < pattern.length() ? 2 : 1;
    }
}
