package dev.bowyer.access;

import at.favre.lib.crypto.bcrypt.BCrypt;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A bcrypt hash, as `htpasswd -nbB` and most languages' libraries make it.
record PasswordHash(String text, int cost) {
    /// Longest password, in bytes of UTF-8: bcrypt does not look at more.
    static final int MAX_PASSWORD_BYTES = 72;
    /// The cost is the logarithm of the work. Less than this is what no tool makes.
    static final int MIN_COST = 4;
    /// More than this takes a second for each login, which is then a way to stop the server.
    static final int MAX_COST = 14;

    private static final Pattern FORM = Pattern.compile("\\$2[aby]\\$([0-9]{2})\\$[./A-Za-z0-9]{53}");
    /// Of no password: the salt and the hash are all zeros.
    private static final String NOTHING = ".".repeat(53);

    /// @throws IllegalArgumentException with a message that completes "the password hash of user x"; it
    ///     never holds the text
    static PasswordHash parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("is not of bcrypt (expected: $2y$10$ and 53 letters)");
        }
        int cost = Integer.parseInt(form.group(1));
        if (cost < MIN_COST || cost > MAX_COST) {
            throw new IllegalArgumentException(
                    "has cost " + cost + " (expected: " + MIN_COST + " to " + MAX_COST + ")");
        }
        return new PasswordHash(text, cost);
    }

    /// One that takes as long to check as any of this cost, and that no password has.
    static PasswordHash ofNoPassword(int cost) {
        return parse("$2b$%02d$".formatted(cost) + NOTHING);
    }

    /// Takes 2^cost steps, whatever the answer.
    ///
    /// @param password of at most [#MAX_PASSWORD_BYTES]
    boolean matches(String password) {
        return BCrypt.verifyer()
                .verify(password.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.US_ASCII))
                .verified;
    }

    @Override
    public String toString() {
        return "bcrypt of cost " + cost;
    }
}
