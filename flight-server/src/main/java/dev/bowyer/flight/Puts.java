package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Caller;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.session.SessionOptions;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// What the commands of DoPut do: parameters are bound, everything that would write is refused. Blocks.
///
/// @param options of the call
record Puts(QueryService queries, TicketCodec tickets, Caller caller, SessionOptions options) {

    /// The values that a client is about to send belong to `request`.
    record Binding(QueryRequest request) {}

    /// Looks at the first message's descriptor.
    ///
    /// @throws ServiceException for everything but the binding of parameters, at once: clients wait for an answer
    ///     to an update before they close their side
    Binding open(Flight.FlightDescriptor descriptor) {
        if (descriptor.getType() == Flight.FlightDescriptor.DescriptorType.PATH) {
            String path = String.join(".", descriptor.getPathList());
            throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not take uploads: \"" + path + "\"");
        }
        byte[] bytes = descriptor.getCmd().toByteArray();
        SqlCommand command = SqlCommand.parse(bytes);
        return switch (command) {
            case null -> throw unknown(SqlCommand.typeUrl(bytes));
            case SqlCommand.PreparedStatementQuery(ByteString handle) ->
                new Binding(tickets.openPrepared(handle, caller));
            case SqlCommand.StatementUpdate(String sql, boolean inTransaction) ->
                throw update(Targets.request(new SqlCommand.StatementQuery(sql, inTransaction), caller, options));
            case SqlCommand.PreparedStatementUpdate(ByteString handle) ->
                throw update(tickets.openPrepared(handle, caller));
            case SqlCommand.StatementIngest(String table) ->
                throw new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "this server's tables are read-only: nothing can be ingested into \"" + table + "\"");
            case SqlCommand.NotServed(String name) ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve " + name);
            case SqlCommand.Metadata _, SqlCommand.StatementQuery _, SqlCommand.TicketStatementQuery _ ->
                throw new ServiceException(ErrorCode.INVALID_ARGUMENT, command.name() + " is not a command for DoPut");
        };
    }

    /// @param ipcStream an Arrow IPC stream
    /// @return the one answer to the binding
    Flight.PutResult bind(Binding binding, byte[] ipcStream) {
        QueryRequest bound = queries.bind(binding.request(), ipcStream);
        return Flight.PutResult.newBuilder()
                .setAppMetadata(FlightSql.DoPutPreparedStatementResult.newBuilder()
                        .setPreparedStatementHandle(tickets.issuePrepared(bound))
                        .build()
                        .toByteString())
                .build();
    }

    /// What is wrong with an update: the planner refuses whatever writes, so that which it accepts is a query.
    private ServiceException update(QueryRequest request) {
        queries.describe(request);
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                "the statement is a query and updates nothing",
                "run it as a query: its rows come from GetFlightInfo and DoGet");
    }

    private static ServiceException unknown(@Nullable String typeUrl) {
        return typeUrl == null
                ? new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, "the first message of an upload carries no command of Flight SQL")
                : new ServiceException(ErrorCode.UNSUPPORTED, "no command is of type \"" + typeUrl + "\"");
    }
}
