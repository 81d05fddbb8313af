package dev.bowyer.flight.metadata;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;

/// A search pattern of the metadata commands: `%` any characters, `_` one character, `\` takes the next one
/// literally. Characters are code points, and case matters. Takes time in the order of pattern times text, whatever
/// the pattern.
public final class LikePattern {
    /// Most characters of a pattern: enough for the longest name with every character escaped.
    public static final int MAX_LENGTH = 1_024;

    static final char ESCAPE = '\\';

    private final int[] pattern;

    /// @throws ServiceException INVALID_ARGUMENT over [#MAX_LENGTH]
    public LikePattern(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the name pattern beginning with \"" + pattern.substring(0, 32) + "\" has " + pattern.length()
                            + " characters (limit: " + MAX_LENGTH + ")",
                    "use a shorter pattern, such as the beginning of the name and %");
        }
        this.pattern = pattern.codePoints().toArray();
    }

    public boolean matches(String name) {
        int[] text = name.codePoints().toArray();
        int p = 0;
        int t = 0;
        int afterPercent = -1;
        int retryFrom = 0;
        while (t < text.length) {
            if (p < pattern.length && pattern[p] == '%') {
                p++;
                afterPercent = p;
                retryFrom = t;
            } else if (matchesAt(p, text[t])) {
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
        while (p < pattern.length && pattern[p] == '%') {
            p++;
        }
        return p == pattern.length;
    }

    private boolean matchesAt(int p, int c) {
        if (p >= pattern.length) {
            return false;
        }
        int wanted = pattern[p];
        if (wanted == ESCAPE && p + 1 < pattern.length) {
            return pattern[p + 1] == c;
        }
        return wanted == '_' || wanted == c;
    }

    private int width(int p) {
        return pattern[p] == ESCAPE && p + 1 < pattern.length ? 2 : 1;
    }
}
