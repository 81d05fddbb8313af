package dev.bowyer.client.wire;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a client connects.
 *
 * @param headers sent with every call, besides the authorization
 */
public record Settings(
        ServerUri uri,
        Tls tls,
        Authorization authorization,
        Map<String, String> headers,
        Waits waits,
        Connections connections) {

    /**
     * @param trust certificates (PEM) that the server's must come from; null: those of the JVM
     * @param certificate the client's own chain (PEM), with its {@code key}; null: none
     * @param authority the name that the server's certificate must have; null: the host's
     */
    public record Tls(
            @Nullable Path trust,
            @Nullable Path certificate,
            @Nullable Path key,
            @Nullable String authority) {
        public static final Tls DEFAULT = new Tls(null, null, null, null);
    }

    /**
     * @param call longest time of one call that is no stream: planning, listing, logging in
     * @param idle longest time in which a stream says nothing while its reader waits
     * @param attempts how often a call is tried in all, when no server answers
     * @param firstPause about the time before the second attempt; it doubles with each
     * @param longestPause what it grows to
     */
    public record Waits(Duration call, Duration idle, int attempts, Duration firstPause, Duration longestPause) {}

    /**
     * @param count over how many connections parallel streams are spread
     * @param keepAlive after so much silence the server is asked whether it is there
     * @param window bytes that may be on their way in one stream
     * @param budget bytes that rows may hold; a message of more is not read
     */
    public record Connections(int count, Duration keepAlive, int window, long budget) {
        /** Room of a message besides its rows. */
        static final int METADATA_ROOM = 1024 * 1024;

        int maxMessage() {
            return (int) Math.min(Integer.MAX_VALUE - METADATA_ROOM, budget) + METADATA_ROOM;
        }
    }
}
