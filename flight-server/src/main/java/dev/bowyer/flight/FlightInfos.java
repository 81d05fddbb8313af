package dev.bowyer.flight;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.metadata.SqlMetadata;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.RootStream;
import dev.bowyer.flight.wire.SchemaBytes;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// From a descriptor to its FlightInfo or schema. The descriptor goes back as it came, byte for byte. There
/// is always one endpoint, without a location: the server that answered.
final class FlightInfos {
    /// For `total_records` and `total_bytes`: not known.
    private static final long UNKNOWN = -1;

    private final QueryService queries;
    private final Catalog catalog;
    private final SqlMetadata metadata;

    FlightInfos(QueryService queries, Catalog catalog, SqlMetadata metadata) {
        this.queries = queries;
        this.catalog = catalog;
        this.metadata = metadata;
    }

    /// Plans the statement or the scan behind `descriptor`.
    Flight.FlightInfo describe(Flight.FlightDescriptor descriptor) {
        return switch (target(descriptor)) {
            case Target.Rows(QueryRequest request) -> {
                var announced = queries.announce(request);
                yield info(descriptor, announced.schema(), TicketCodec.encode(announced), announced.table());
            }
            case Target.Metadata(SqlCommand.Metadata command) -> {
                Flight.Ticket ticket =
                        TicketCodec.encodeCommand(descriptor.getCmd().toByteArray());
                yield info(descriptor, schemaOf(command), ticket, null);
            }
        };
    }

    Flight.SchemaResult schema(Flight.FlightDescriptor descriptor) {
        Schema schema = switch (target(descriptor)) {
            case Target.Rows(QueryRequest request) -> queries.describe(request).schema();
            case Target.Metadata(SqlCommand.Metadata command) -> schemaOf(command);
        };
        return Flight.SchemaResult.newBuilder()
                .setSchema(SchemaBytes.of(schema))
                .build();
    }

    /// Every dataset, without planning anything: the tickets are plain names.
    ///
    /// @param criteria empty, or in UTF-8 what `namespace.table` must start with
    Stream<Flight.FlightInfo> list(Flight.Criteria criteria) {
        String prefix = criteria.getExpression().toString(StandardCharsets.UTF_8);
        return catalog.current().datasets().stream()
                .filter(dataset ->
                        (dataset.name().namespace() + "." + dataset.name().table()).startsWith(prefix)
                                || dataset.name().toString().startsWith(prefix))
                .map(FlightInfos::listing);
    }

    private static Flight.FlightInfo listing(Dataset dataset) {
        DatasetName name = dataset.name();
        Flight.FlightDescriptor.Builder descriptor =
                Flight.FlightDescriptor.newBuilder().setType(Flight.FlightDescriptor.DescriptorType.PATH);
        if (!name.namespace().equals(DatasetName.DEFAULT_NAMESPACE)
                || name.table().indexOf('.') >= 0) {
            descriptor.addPath(name.namespace());
        }
        descriptor.addPath(name.table());
        return info(descriptor.build(), dataset.table().schema(), TicketCodec.encode(name), dataset.table());
    }

    private sealed interface Target {
        record Rows(QueryRequest request) implements Target {}

        record Metadata(SqlCommand.Metadata command) implements Target {}
    }

    private static Target target(Flight.FlightDescriptor descriptor) {
        return switch (descriptor.getType()) {
            case PATH -> new Target.Rows(new QueryRequest.Scan(name(descriptor.getPathList())));
            case CMD -> target(descriptor.getCmd().toByteArray());
            case UNKNOWN, UNRECOGNIZED ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, "the flight descriptor is neither a path nor a command");
        };
    }

    private static Target target(byte[] bytes) {
        SqlCommand command = SqlCommand.parse(bytes);
        return switch (command) {
            case null ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "the descriptor's command is not one of Flight SQL",
                        "send SQL as CommandStatementQuery, or the name of a dataset as a path");
            case SqlCommand.Metadata wanted -> new Target.Metadata(wanted);
            case SqlCommand.StatementQuery query -> new Target.Rows(TicketCodec.request(query));
            case SqlCommand.PreparedStatementQuery(var handle) -> new Target.Rows(TicketCodec.decodePrepared(handle));
            case SqlCommand.NotServed(String name) ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve " + name);
            case SqlCommand.TicketStatementQuery _,
                    SqlCommand.StatementUpdate _,
                    SqlCommand.PreparedStatementUpdate _ ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, command.name() + " is not a command that returns flight info");
        };
    }

    private static DatasetName name(List<String> path) {
        List<String> parts =
                path.size() == 3 && path.getFirst().equals(DatasetName.CATALOG) ? path.subList(1, 3) : path;
        return switch (parts.size()) {
            case 1 -> DatasetName.parse(parts.getFirst());
            case 2 -> new DatasetName(parts.getFirst(), parts.getLast());
            default ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "descriptor path: " + path.size() + " parts (expected: [table] or [namespace, table])");
        };
    }

    private Schema schemaOf(SqlCommand.Metadata command) {
        try (RootStream<?> answer = metadata.answer(command)) {
            return answer.schema();
        }
    }

    /// @param table the data whose rows all come, with its size in storage as `total_bytes`; null: it is not
    ///     known how many come
    private static Flight.FlightInfo info(
            Flight.FlightDescriptor descriptor, Schema schema, Flight.Ticket ticket, @Nullable Table table) {
        return Flight.FlightInfo.newBuilder()
                .setSchema(SchemaBytes.of(schema))
                .setFlightDescriptor(descriptor)
                .addEndpoint(Flight.FlightEndpoint.newBuilder().setTicket(ticket))
                .setTotalRecords(table == null ? UNKNOWN : table.rows().orElse(UNKNOWN))
                .setTotalBytes(table == null ? UNKNOWN : table.bytes())
                .build();
    }
}
