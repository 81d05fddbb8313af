package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Caller;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.DatasetPath;
import dev.bowyer.flight.command.RowsCommand;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.session.SessionOption;
import dev.bowyer.flight.session.SessionOptions;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.query.QueryRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// From a descriptor, or a ticket that a client made itself, to what it is about. The order in which the forms of a
/// command are tried: sealed by a server, Flight SQL, [RowsCommand], and last bare text.
final class Targets {
    private final Catalog catalog;
    private final TicketCodec tickets;
    private final FlightSettings settings;

    Targets(Catalog catalog, TicketCodec tickets, FlightSettings settings) {
        this.catalog = catalog;
        this.tickets = tickets;
        this.settings = settings;
    }

    /// What a client wants, and whose call it is.
    sealed interface Target {
        /// @param parts over how many endpoints the rows may be divided
        record Rows(QueryRequest request, int parts) implements Target {}

        record Metadata(SqlCommand.Metadata command) implements Target {}

        /// To go on with a query that PollFlightInfo started.
        record Polled(TicketCodec.Poll poll) implements Target {}
    }

    /// @throws ServiceException INVALID_ARGUMENT, UNSUPPORTED for a command by name, or as [TicketCodec] for a handle
    Target of(Flight.FlightDescriptor descriptor, Caller caller, SessionOptions options) {
        return switch (descriptor.getType()) {
            case PATH -> rows(Statement.Scan.of(DatasetPath.parse(descriptor.getPathList())), caller, options);
            case CMD -> {
                ByteString command = descriptor.getCmd();
                Target found = TicketCodec.isSealed(command)
                        ? new Target.Polled(tickets.openPoll(command, caller))
                        : command(command.toByteArray(), caller, options);
                yield found == null ? bareSql(command, caller, options) : found;
            }
            case UNKNOWN, UNRECOGNIZED ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, "the flight descriptor is neither a path nor a command");
        };
    }

    /// @throws ServiceException INVALID_TICKET if it has none of the forms, or if such tickets are switched off
    Target ofBareTicket(ByteString ticket, Caller caller, SessionOptions options) {
        byte[] bytes = ticket.toByteArray();
        Target found = command(bytes, caller, options);
        if (found instanceof Target.Metadata) {
            return found;
        }
        if (!settings.plainTickets()) {
            throw new ServiceException(
                    ErrorCode.INVALID_TICKET,
                    "the ticket was not issued by this server, which takes no others (tickets.plain)",
                    "ask for the flight info first");
        }
        if (found != null) {
            return found;
        }
        String name = utf8(bytes);
        if (name == null) {
            throw new ServiceException(
                    ErrorCode.INVALID_TICKET,
                    "the ticket is neither one of this server nor the name of a dataset",
                    "ask for the flight info first");
        }
        return rows(Statement.Scan.of(DatasetName.parse(name)), caller, options);
    }

    /// @throws ServiceException UNSUPPORTED for a statement inside a transaction
    static QueryRequest request(SqlCommand.StatementQuery query, Caller caller, SessionOptions options) {
        if (query.inTransaction()) {
            throw new ServiceException(ErrorCode.UNSUPPORTED, "this server has no transactions");
        }
        return QueryRequest.of(caller, new Statement.Sql(query.sql()), options.planOptions());
    }

    private @Nullable Target command(byte[] bytes, Caller caller, SessionOptions options) {
        SqlCommand command = SqlCommand.parse(bytes);
        return switch (command) {
            case null -> rowsCommand(bytes, caller, options);
            case SqlCommand.Metadata wanted -> new Target.Metadata(wanted);
            case SqlCommand.StatementQuery query ->
                new Target.Rows(request(query, caller, options), options.parallelism());
            case SqlCommand.PreparedStatementQuery(ByteString handle) ->
                new Target.Rows(tickets.openPrepared(handle, caller), options.parallelism());
            case SqlCommand.NotServed(String name) ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve " + name);
            case SqlCommand.TicketStatementQuery _,
                    SqlCommand.StatementUpdate _,
                    SqlCommand.StatementIngest _,
                    SqlCommand.PreparedStatementUpdate _ ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, command.name() + " is not a command that returns flight info");
        };
    }

    private @Nullable Target rowsCommand(byte[] bytes, Caller caller, SessionOptions options) {
        RowsCommand command = RowsCommand.parse(bytes);
        return switch (command) {
            case null -> null;
            case RowsCommand.Read read -> {
                SessionOptions chosen = options;
                if (read.wire() != null) {
                    chosen = chosen.with(SessionOption.WIRE, "wire", read.wire(), catalog.current());
                }
                if (read.parallelism() != null) {
                    String parallelism = read.parallelism().toString();
                    chosen = chosen.with(SessionOption.PARALLELISM, "parallelism", parallelism, catalog.current());
                }
                yield rows(
                        new Statement.Scan(read.dataset(), read.columns(), read.filter(), read.limit()),
                        caller,
                        chosen);
            }
            case RowsCommand.Sql(String database, String sql) -> {
                SessionOptions chosen = database.equals(DatasetName.CATALOG)
                        ? options
                        : options.with(SessionOption.SCHEMA, "database", database, catalog.current());
                yield rows(new Statement.Sql(sql), caller, chosen);
            }
        };
    }

    private Target bareSql(ByteString command, Caller caller, SessionOptions options) {
        String typeUrl = SqlCommand.typeUrl(command.toByteArray());
        if (typeUrl != null) {
            throw new ServiceException(ErrorCode.UNSUPPORTED, "no command is of type \"" + typeUrl + "\"");
        }
        String sql = settings.rawSql() ? utf8(command.toByteArray()) : null;
        if (sql == null) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the descriptor's command is neither one of Flight SQL nor a JSON object",
                    "send SQL as CommandStatementQuery, or the name of a dataset as a path");
        }
        return rows(new Statement.Sql(sql), caller, options);
    }

    private static Target rows(Statement statement, Caller caller, SessionOptions options) {
        return new Target.Rows(QueryRequest.of(caller, statement, options.planOptions()), options.parallelism());
    }

    private static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }
}
