package dev.bowyer.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Passwords that were right a moment ago, so that a client which sends one with each call does not cost 100
/// ms of a processor each time. Wrong ones are not kept: each guess pays. Thread-safe.
public final class RecentLogins {
    public static final int MAX_LOGINS = 1_024;
    public static final Duration KEPT_FOR = Duration.ofSeconds(60);

    private final InstantSource clock;
    /// By the SHA-256 of the header: no password stays in memory. The oldest first.
    private final Map<String, Login> logins = new LinkedHashMap<>();

    public RecentLogins(InstantSource clock) {
        this.clock = clock;
    }

    /// Null when this header was not right lately.
    @Nullable
    public Caller get(String header) {
        String digest = digest(header);
        synchronized (logins) {
            Login login = logins.get(digest);
            if (login == null || clock.instant().isBefore(login.until())) {
                return login == null ? null : login.caller();
            }
            logins.remove(digest);
            return null;
        }
    }

    public void put(String header, Caller caller) {
        String digest = digest(header);
        synchronized (logins) {
            logins.remove(digest);
            if (logins.size() >= MAX_LOGINS) {
                logins.remove(logins.keySet().iterator().next());
            }
            logins.put(digest, new Login(caller, clock.instant().plus(KEPT_FOR)));
        }
    }

    private static String digest(String header) {
        try {
            byte[] bytes = MessageDigest.getInstance("SHA-256").digest(header.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private record Login(Caller caller, Instant until) {}
}
