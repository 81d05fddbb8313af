package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.ResultTypes;
import dev.bowyer.flight.command.DatasetPath;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.flight.metadata.SqlMetadata;
import dev.bowyer.flight.session.SessionOptions;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.RootStream;
import dev.bowyer.flight.wire.SchemaBytes;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Writes FlightInfos. The descriptor goes back as it came, byte for byte. An endpoint has no location, which
/// means the server that answered, unless one is configured.
final class FlightInfos {
    /// For `total_records` and `total_bytes`: not known.
    private static final long UNKNOWN = -1;

    /// Of all tickets of one info.
    static final int MAX_TICKETS_BYTES = 1024 * 1024;
    /// Of a ticket without its statement and values; enough for a namespace's name and a caller's.
    private static final int TICKET_BYTES = 2 * 1024;

    private static final int MAX_UTF8_BYTES = 3;

    private final TicketCodec tickets;
    private final SqlMetadata metadata;
    private final FlightSettings settings;
    private final Map<Table, ByteString> listedSchemas = new WeakHashMap<>();

    FlightInfos(TicketCodec tickets, SqlMetadata metadata, FlightSettings settings) {
        this.tickets = tickets;
        this.metadata = metadata;
        this.settings = settings;
    }

    /// The info of an announced query, an endpoint for each part. Parts are never in order: what is ordered
    /// is not divided.
    Flight.FlightInfo of(Flight.FlightDescriptor descriptor, PlannedQuery announced) {
        Flight.FlightInfo.Builder info = info(
                        descriptor, ColumnMetadata.describe(announced.schema()), announced.table())
                .setAppMetadata(queryId(announced.id()));
        for (int part = 0; part < announced.parts(); part++) {
            info.addEndpoint(endpoint(announced.part(part)));
        }
        return info.build();
    }

    /// The info of a query that was announced before, in one part.
    ///
    /// @param isReady whether its endpoint can be fetched without a wait; without endpoints if not
    Flight.FlightInfo of(Flight.FlightDescriptor descriptor, Announcement announced, Schema schema, boolean isReady) {
        Flight.FlightInfo.Builder info = info(descriptor, schema, null).setAppMetadata(queryId(announced.id()));
        if (isReady) {
            info.addEndpoint(endpoint(announced));
        }
        return info.build();
    }

    /// A metadata command is its own ticket.
    Flight.FlightInfo of(Flight.FlightDescriptor descriptor, SqlCommand.Metadata command) {
        Flight.FlightEndpoint.Builder endpoint =
                located().setTicket(Flight.Ticket.newBuilder().setTicket(descriptor.getCmd()));
        return info(descriptor, schemaOf(command), null).addEndpoint(endpoint).build();
    }

    /// The info of all rows of a dataset, without planning anything: the ticket is its name.
    ///
    /// @param options of the call; with other types than the usual ones there is no endpoint, since what it
    ///     would give has another schema than is listed
    Flight.FlightInfo listing(Dataset dataset, SessionOptions options) {
        Table table = dataset.table();
        return listing(dataset.name(), listedSchema(table), table, options);
    }

    /// As the other, of a table that was not opened so far: without its schema.
    Flight.FlightInfo listing(DatasetName unopened, SessionOptions options) {
        return listing(unopened, ByteString.EMPTY, null, options);
    }

    private Flight.FlightInfo listing(
            DatasetName dataset, ByteString schema, @Nullable Table table, SessionOptions options) {
        List<String> path = DatasetPath.of(dataset);
        Flight.FlightDescriptor descriptor = Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                .addAllPath(path)
                .build();
        Flight.FlightInfo.Builder info = info(descriptor, schema, table);
        if (settings.plainTickets() && options.planOptions().types().equals(ResultTypes.COMPATIBLE)) {
            ByteString name = ByteString.copyFromUtf8(String.join(".", path));
            info.addEndpoint(located().setTicket(Flight.Ticket.newBuilder().setTicket(name)));
        }
        return info.build();
    }

    /// Kept, since some clients list every few milliseconds while they wait for a server.
    private ByteString listedSchema(Table table) {
        synchronized (listedSchemas) {
            return listedSchemas.computeIfAbsent(table, it -> SchemaBytes.of(ColumnMetadata.describe(it.schema())));
        }
    }

    /// `endpoint` with a ticket that is valid for longer.
    Flight.FlightEndpoint renewed(Flight.FlightEndpoint endpoint, Announcement announced) {
        TicketCodec.Issue issue = tickets.issue(announced);
        return endpoint.toBuilder()
                .setTicket(issue.ticket())
                .setExpirationTime(timestamp(issue.expiry()))
                .build();
    }

    /// Over how many endpoints the rows may be divided at most: each carries the whole request, and clients
    /// refuse messages that are too large.
    static int mostParts(QueryRequest request, int wanted) {
        int ticketBytes = TICKET_BYTES + request.sql().length() * MAX_UTF8_BYTES + request.parameters().length;
        return Math.clamp(MAX_TICKETS_BYTES / ticketBytes, 1, wanted);
    }

    Schema schemaOf(SqlCommand.Metadata command) {
        try (RootStream<?> answer = metadata.answer(command)) {
            return answer.schema();
        }
    }

    static Timestamp timestamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    private Flight.FlightEndpoint endpoint(Announcement announced) {
        TicketCodec.Issue issue = tickets.issue(announced);
        return located()
                .setTicket(issue.ticket())
                .setExpirationTime(timestamp(issue.expiry()))
                .build();
    }

    private Flight.FlightEndpoint.Builder located() {
        Flight.FlightEndpoint.Builder endpoint = Flight.FlightEndpoint.newBuilder();
        if (settings.advertise() != null) {
            endpoint.addLocation(
                    Flight.Location.newBuilder().setUri(settings.advertise().toString()));
        }
        return endpoint;
    }

    /// Told to people, and to those who cancel by it.
    private static ByteString queryId(String id) {
        return ByteString.copyFromUtf8("{\"query_id\":\"" + id + "\"}");
    }

    /// @param table the data whose rows all come, with its size in storage as `total_bytes`; null: it is not
    ///     known how many come
    private static Flight.FlightInfo.Builder info(
            Flight.FlightDescriptor descriptor, Schema schema, @Nullable Table table) {
        return info(descriptor, SchemaBytes.of(schema), table);
    }

    private static Flight.FlightInfo.Builder info(
            Flight.FlightDescriptor descriptor, ByteString schema, @Nullable Table table) {
        return Flight.FlightInfo.newBuilder()
                .setSchema(schema)
                .setFlightDescriptor(descriptor)
                .setTotalRecords(table == null ? UNKNOWN : table.rows().orElse(UNKNOWN))
                .setTotalBytes(table == null ? UNKNOWN : table.bytes());
    }
}
