package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint of an answer.
 *
 * @param index its place in the answer
 * @param locations where it can be fetched, the best first; never empty
 * @param expires until when it may be fetched again; null: it may be fetched once
 */
record Part(
        int index,
        ByteString ticket,
        List<ServerUri> locations,
        @Nullable Instant expires) {
    private static final String REUSE_CONNECTION = "arrow-flight-reuse-connection:";
    /** Most locations of an endpoint that are looked at. */
    private static final int MAX_LOCATIONS = 64;

    /** @param origin the server that named the endpoint */
    static Part of(int index, Flight.FlightEndpoint endpoint, ServerUri origin) {
        List<ServerUri> locations = endpoint.getLocationList().stream()
                .limit(MAX_LOCATIONS)
                .map(location -> location(location.getUri(), origin))
                .filter(location -> location != null)
                .toList();
        if (locations.isEmpty() && endpoint.getLocationCount() > 0) {
            throw new BadAnswer("endpoint " + index + " is at "
                    + endpoint.getLocation(0).getUri() + ", which is no Flight server that this client can speak to");
        }
        long seconds = endpoint.getExpirationTime().getSeconds();
        Instant expires = endpoint.hasExpirationTime()
                ? Instant.ofEpochSecond(Math.max(0, Math.min(seconds, Instant.MAX.getEpochSecond())))
                : null;
        return new Part(
                index, endpoint.getTicket().getTicket(), locations.isEmpty() ? List.of(origin) : locations, expires);
    }

    /** Null of those that are not for this client. */
    private static @Nullable ServerUri location(String uri, ServerUri origin) {
        if (uri.startsWith(REUSE_CONNECTION)) {
            return origin;
        }
        try {
            ServerUri parsed = ServerUri.parse(uri);
            return parsed.equals(origin) || mayLeadTo(parsed, origin) ? parsed : null;
        } catch (dev.bowyer.client.error.BowyerException e) {
            return null;
        }
    }

    /**
     * They get the caller's token: never without TLS where the origin has it, and never from this machine, or a socket of it, to
     * another without TLS. Sockets are for those who name them themselves.
     */
    private static boolean mayLeadTo(ServerUri other, ServerUri origin) {
        return switch (other.kind()) {
            case TLS -> true;
            case UNIX -> false;
            case PLAIN -> origin.kind() == ServerUri.Kind.PLAIN && (!origin.isLoopback() || other.isLoopback());
        };
    }

    boolean isRepeatable(Clock clock) {
        Instant end = expires;
        return end != null && clock.instant().isBefore(end);
    }
}
