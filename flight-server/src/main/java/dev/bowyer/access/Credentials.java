package dev.bowyer.access;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What a caller says it is, as the text of an `authorization` header has it; nothing of it has been checked.
public sealed interface Credentials {

    /// Never throws, whatever the text.
    ///
    /// @param header null: there is none
    static Credentials parse(@Nullable String header) {
        if (header == null || header.isBlank()) {
            return new None();
        }
        String text = header.strip();
        int blank = text.indexOf(' ');
        String scheme = blank < 0 ? text : text.substring(0, blank);
        String rest = blank < 0 ? "" : text.substring(blank).strip();
        return switch (scheme.toLowerCase(Locale.ROOT)) {
            case "bearer" -> rest.isEmpty() ? new Unreadable() : new Bearer(rest);
            case "basic" -> basic(rest);
            default -> new Unreadable();
        };
    }

    /// Go clients leave the padding out. The first colon ends the user's name, so only a password can have
    /// one.
    private static Credentials basic(String base64) {
        String both;
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            both = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException _) {
            return new Unreadable();
        }
        int colon = both.indexOf(':');
        return colon < 0 ? new Unreadable() : new Basic(both.substring(0, colon), both.substring(colon + 1));
    }

    /// Nothing at all.
    record None() implements Credentials {}

    /// A user's name and password.
    record Basic(String user, String password) implements Credentials {
        /// Without the password.
        @Override
        public String toString() {
            return "Basic[" + user + "]";
        }
    }

    /// An access token.
    record Bearer(String token) implements Credentials {
        /// Without the token.
        @Override
        public String toString() {
            return "Bearer";
        }
    }

    /// Something else. What it was is not kept, since it may hold a secret.
    record Unreadable() implements Credentials {}
}
