package dev.bowyer.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A bearer token.
 *
 * @param expires when it ends, so that the next is asked for in time; null: not known, the next is asked for when it is refused
 */
public record Token(String value, @Nullable Instant expires) {}
