package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A token of somebody else's: fetched when it is first needed, when it is about to expire, and when it is refused. */
public final class BearerToken implements Authorization {
    /** Longest token, in characters; larger headers are refused by most servers anyhow. */
    static final int MAX_LENGTH = 64 * 1024;
    /** A token that expires within this time is not used any more. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final Source source;
    private final Clock clock;
    private @Nullable Token token;

    /**
     * A token and its end.
     *
     * @param expires null: not known; it is used until it is refused
     */
    public record Token(String value, @Nullable Instant expires) {}

    /** Where tokens come from; may block. */
    @FunctionalInterface
    public interface Source {
        Token fetch();
    }

    public BearerToken(Source source) {
        this.source = source;
        this.clock = Clock.systemUTC();
    }

    @Override
    public synchronized String header(FlightCalls calls) {
        Token current = token;
        if (current == null || isOver(current)) {
            current = source.fetch();
            String value = current.value();
            if (value.isEmpty() || value.length() > MAX_LENGTH || value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
                throw BowyerException.of(
                        ErrorCodes.INVALID_ARGUMENT,
                        "the token has " + value.length() + " characters, or some that no token has",
                        "tokens are printable ASCII without spaces, of at most " + MAX_LENGTH + " characters");
            }
            token = current;
        }
        return "Bearer " + current.value();
    }

    @Override
    public synchronized boolean renew(@Nullable String refused) {
        Token current = token;
        if (current != null && ("Bearer " + current.value()).equals(refused)) {
            token = null;
        }
        return true;
    }

    private boolean isOver(Token current) {
        Instant expires = current.expires();
        return expires != null && clock.instant().plus(MARGIN).isAfter(expires);
    }
}
