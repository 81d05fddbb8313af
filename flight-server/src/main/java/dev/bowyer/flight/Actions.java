package dev.bowyer.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.ServerAction;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.SchemaBytes;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;

/// Carries out a [ServerAction].
final class Actions {
    private final QueryService queries;

    Actions(QueryService queries) {
        this.queries = queries;
    }

    /// @return the results, in order
    List<Flight.Result> run(ServerAction action) {
        return switch (action) {
            case ServerAction.CreatePreparedStatement(String sql, boolean inTransaction) ->
                List.of(result(Any.pack(prepare(sql, inTransaction))));
            // Nothing is kept for a handle, so there is nothing to close.
            case ServerAction.ClosePreparedStatement _ -> List.of();
            case ServerAction.Cancel cancel -> List.of(cancel(cancel));
            case ServerAction.NotServed(ServerAction.Kind kind) ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve " + kind.type());
        };
    }

    private FlightSql.ActionCreatePreparedStatementResult prepare(String sql, boolean inTransaction) {
        QueryRequest request = TicketCodec.request(new SqlCommand.StatementQuery(sql, inTransaction));
        PlannedQuery planned = queries.describe(request);
        return FlightSql.ActionCreatePreparedStatementResult.newBuilder()
                .setPreparedStatementHandle(TicketCodec.encodePrepared(sql))
                .setDatasetSchema(SchemaBytes.of(planned.schema()))
                .setParameterSchema(
                        planned.parameters().getFields().isEmpty()
                                ? ByteString.EMPTY
                                : SchemaBytes.of(planned.parameters()))
                .build();
    }

    private Flight.Result cancel(ServerAction.Cancel cancel) {
        for (Flight.FlightEndpoint endpoint : cancel.info().getEndpointList()) {
            String id = TicketCodec.queryId(endpoint.getTicket());
            if (id != null) {
                queries.cancel(id);
                return cancel.answersAsCancelQuery() ? cancelledQuery() : cancelledFlightInfo();
            }
        }
        throw new ServiceException(ErrorCode.QUERY_NOT_FOUND, "the flight info names no query of this server");
    }

    private static Flight.Result cancelledFlightInfo() {
        return result(Flight.CancelFlightInfoResult.newBuilder()
                .setStatus(Flight.CancelStatus.CANCEL_STATUS_CANCELLED)
                .build());
    }

    @SuppressWarnings("deprecation") // The message of CancelQuery is deprecated as a whole; old clients wait for it.
    private static Flight.Result cancelledQuery() {
        return result(Any.pack(FlightSql.ActionCancelQueryResult.newBuilder()
                .setResult(FlightSql.ActionCancelQueryResult.CancelResult.CANCEL_RESULT_CANCELLED)
                .build()));
    }

    private static Flight.Result result(Message message) {
        return Flight.Result.newBuilder().setBody(message.toByteString()).build();
    }
}
