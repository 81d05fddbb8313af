package dev.bowyer.client;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** A connection to one server. Thread-safe; streams of it must be closed before it is. */
public final class BowyerClient implements AutoCloseable {
    private static final Pattern AUTHORITY = Pattern.compile("([^@:\\[\\]]+|\\[[^\\]]+]):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    private final URI uri;
    private final BufferAllocator allocator;
    private final FlightClient flight;
    private final FlightSqlClient flightSql;

    private BowyerClient(URI uri, BufferAllocator allocator, FlightClient flight) {
        this.uri = uri;
        this.allocator = allocator;
        this.flight = flight;
        this.flightSql = new FlightSqlClient(flight);
    }

    /**
     * Prepares a connection; the server is not called before the first request.
     *
     * @param uri {@code grpc://host:port}
     * @throws BowyerException INVALID_ARGUMENT when the URI has another shape; UNAVAILABLE when its host is none that gRPC
     *     can look up itself, and none that is known
     */
    public static BowyerClient connect(URI uri) {
        boolean plain = "grpc".equals(uri.getScheme()) || "grpc+tcp".equals(uri.getScheme());
        Matcher authority = AUTHORITY.matcher(String.valueOf(uri.getRawAuthority()));
        if (!plain || !authority.matches() || !isPort(authority.group(2))) {
            throw new BowyerException("INVALID_ARGUMENT", "uri: " + uri + " (expected: grpc://host:port)", null, null);
        }
        // Java finds no host in an authority such as "my_host:8815", and gRPC takes none that Java does not find.
        String host = uri.getHost() == null ? addressOf(uri, authority.group(1)) : uri.getHost();
        Location location = Location.forGrpcInsecure(host, Integer.parseInt(authority.group(2)));
        BufferAllocator allocator = new RootAllocator();
        return new BowyerClient(
                uri, allocator, FlightClient.builder(allocator, location).build());
    }

    private static boolean isPort(String text) {
        int port = Integer.parseInt(text);
        return port >= 1 && port <= MAX_PORT;
    }

    private static String addressOf(URI uri, String host) {
        try {
            return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException e) {
            throw new BowyerException(
                    "UNAVAILABLE", "no answer from " + uri + " (the host is not known)", "is the name right?", e);
        }
    }

    /**
     * Runs a query.
     *
     * @return the rows, to be closed by the caller
     * @throws BowyerException whatever the server says, when it refuses or cannot plan the statement
     */
    public ResultStream sql(String sql) {
        try {
            return new ResultStream(uri, flight, flightSql.execute(sql));
        } catch (FlightRuntimeException e) {
            throw BowyerException.of(uri, e);
        }
    }

    /** All datasets that the server shows to this caller, in the server's order. */
    public List<DatasetInfo> datasets() {
        try {
            List<DatasetInfo> datasets = new ArrayList<>();
            for (FlightInfo info : flight.listFlights(Criteria.ALL)) {
                datasets.add(DatasetInfo.of(info));
            }
            return datasets;
        } catch (FlightRuntimeException e) {
            throw BowyerException.of(uri, e);
        }
    }

    /**
     * One dataset with its columns.
     *
     * @throws BowyerException DATASET_NOT_FOUND, with the nearest names
     */
    public DatasetInfo describe(String name) {
        try {
            return DatasetInfo.of(flight.getInfo(FlightDescriptor.path(name)));
        } catch (FlightRuntimeException e) {
            throw BowyerException.of(uri, e);
        }
    }

    /** Ends the connection. Idempotent as far as the caller can see: a second call does nothing. */
    @Override
    public void close() {
        try {
            flight.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new BowyerException("INTERNAL", "closing the connection to " + uri + " failed", null, e);
        } finally {
            allocator.close();
        }
    }
}
