package dev.bowyer.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.client.ClientCookieMiddleware;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/// A plain and a Flight SQL client of arrow-java on one connection. Closing asserts that all memory came back.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class FlightClients implements AutoCloseable {
    static final String JAVA = "arrow-java 18.3.0";

    private final BufferAllocator memory = new RootAllocator();
    private final FlightClient flight;
    private final FlightSqlClient sql;

    private FlightClients(LakeServer server, boolean cookies) {
        Location location =
                Location.forGrpcInsecure(server.uri().getHost(), server.uri().getPort());
        FlightClient.Builder builder = FlightClient.builder(memory, location);
        if (cookies) {
            builder.intercept(new ClientCookieMiddleware.Factory());
        }
        flight = builder.build();
        sql = new FlightSqlClient(flight);
    }

    static FlightClients of(LakeServer server) {
        return new FlightClients(server, false);
    }

    static FlightClients withCookies(LakeServer server) {
        return new FlightClients(server, true);
    }

    FlightClient flight() {
        return flight;
    }

    FlightSqlClient sql() {
        return sql;
    }

    BufferAllocator memory() {
        return memory;
    }

    static CallOption header(String name, String value) {
        FlightCallHeaders headers = new FlightCallHeaders();
        headers.insert(name, value);
        return new HeaderCallOption(headers);
    }

    /// The rows of all endpoints, one after another.
    List<List<@Nullable Object>> rows(FlightInfo info, CallOption... options) throws Exception {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (FlightEndpoint endpoint : info.getEndpoints()) {
            assertThat(endpoint.getLocations()).isEmpty();
            try (FlightStream stream = flight.getStream(endpoint.getTicket(), options)) {
                assertThat(stream.getSchema())
                        .isEqualTo(info.getSchemaOptional().orElseThrow());
                while (stream.next()) {
                    for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
                        List<@Nullable Object> values = new ArrayList<>();
                        for (FieldVector column : stream.getRoot().getFieldVectors()) {
                            Object value = column.getObject(row);
                            values.add(value == null || value instanceof Number ? value : value.toString());
                        }
                        rows.add(values);
                    }
                }
            }
        }
        return rows;
    }

    /// The first column of [#rows].
    List<@Nullable Object> column(FlightInfo info, CallOption... options) throws Exception {
        List<@Nullable Object> values = new ArrayList<>();
        rows(info, options).forEach(row -> values.add(row.getFirst()));
        return values;
    }

    static void assertStatus(FlightStatusCode code, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Override
    public void close() throws Exception {
        sql.close();
        flight.close();
        memory.close();
    }
}
