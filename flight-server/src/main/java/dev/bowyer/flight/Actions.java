package dev.bowyer.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.bowyer.access.Caller;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.ServerAction;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.flight.metadata.ParameterSchema;
import dev.bowyer.flight.session.SessionInterceptor;
import dev.bowyer.flight.session.Sessions;
import dev.bowyer.flight.ticket.Ticket;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.SchemaBytes;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// Carries out a [ServerAction].
final class Actions {
    private static final Pattern QUERY_ID = Pattern.compile("\\{\"query_id\":\"([0-9a-f]{16})\"}");

    /// The field `is_update` of a later version of Flight SQL: false. Newer clients ask for it before they
    /// run.
    private static final UnknownFieldSet IS_QUERY = UnknownFieldSet.newBuilder()
            .addField(4, UnknownFieldSet.Field.newBuilder().addVarint(0).build())
            .build();

    private final QueryService queries;
    private final TicketCodec tickets;
    private final Targets targets;
    private final FlightInfos infos;
    private final Sessions sessions;
    private final DatasetActions datasets;

    Actions(
            QueryService queries,
            TicketCodec tickets,
            Targets targets,
            FlightInfos infos,
            Sessions sessions,
            DatasetActions datasets) {
        this.queries = queries;
        this.tickets = tickets;
        this.targets = targets;
        this.infos = infos;
        this.sessions = sessions;
        this.datasets = datasets;
    }

    /// @return the results, in order
    Stream<Flight.Result> run(ServerAction action, Caller caller) {
        return switch (action) {
            case ServerAction.CreatePreparedStatement(String sql, boolean inTransaction) ->
                Stream.of(result(Any.pack(prepare(new SqlCommand.StatementQuery(sql, inTransaction), caller))));
            case ServerAction.ClosePreparedStatement(ByteString handle) -> {
                close(handle, caller);
                yield Stream.of();
            }
            case ServerAction.Cancel cancel -> Stream.of(cancel(cancel, caller));
            case ServerAction.Renew(Flight.FlightEndpoint endpoint) -> Stream.of(result(renew(endpoint, caller)));
            case ServerAction.SetSessionOptions(var options) -> Stream.of(result(setOptions(options)));
            case ServerAction.GetSessionOptions() -> Stream.of(result(options()));
            case ServerAction.CloseSession() -> {
                sessions.close();
                yield Stream.of(result(Flight.CloseSessionResult.newBuilder()
                        .setStatus(Flight.CloseSessionResult.Status.CLOSED)
                        .build()));
            }
            case ServerAction.Healthcheck() -> Stream.of(datasets.health());
            case ServerAction.ListDatasets() -> datasets.list();
            case ServerAction.DescribeDataset(String name) -> Stream.of(datasets.describe(name));
            case ServerAction.RefreshDataset(String name) -> Stream.of(datasets.refresh(name));
            case ServerAction.RegisterDataset(ByteString body) ->
                Stream.of(datasets.register(caller, body.toByteArray()));
            case ServerAction.DropDataset(String name) -> {
                datasets.drop(caller, name);
                yield Stream.of();
            }
            case ServerAction.ListSnapshots(String name) -> datasets.snapshots(name);
            case ServerAction.NotServed(ServerAction.Kind kind) ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve " + kind.type());
        };
    }

    private FlightSql.ActionCreatePreparedStatementResult prepare(SqlCommand.StatementQuery query, Caller caller) {
        QueryRequest request = Targets.request(query, caller, SessionInterceptor.current());
        PlannedQuery planned = queries.prepare(request);
        return FlightSql.ActionCreatePreparedStatementResult.newBuilder()
                .setPreparedStatementHandle(tickets.issuePrepared(planned.request()))
                .setDatasetSchema(SchemaBytes.of(ColumnMetadata.describe(planned.schema())))
                .setParameterSchema(
                        planned.parameters().getFields().isEmpty()
                                ? ByteString.EMPTY
                                : SchemaBytes.of(ParameterSchema.told(planned.parameters())))
                .setUnknownFields(IS_QUERY)
                .build();
    }

    /// Closing what cannot be used any more, or never could, is no error: clients close in their cleanup.
    private void close(ByteString handle, Caller caller) {
        QueryRequest request;
        try {
            request = tickets.openPrepared(handle, caller);
        } catch (ServiceException _) {
            return;
        }
        if (request.statementId() != null) {
            queries.closePrepared(request.statementId());
        }
    }

    private Flight.Result cancel(ServerAction.Cancel cancel, Caller caller) {
        String id = queryId(cancel.info(), caller);
        if (id == null) {
            throw new ServiceException(ErrorCode.QUERY_NOT_FOUND, "the flight info names no query of this server");
        }
        queries.cancel(caller, id);
        return cancel.answersAsCancelQuery() ? cancelledQuery() : cancelledFlightInfo();
    }

    /// An info has its query's id in its metadata, also before it has endpoints and after its tickets have
    /// expired.
    private @Nullable String queryId(Flight.FlightInfo info, Caller caller) {
        Matcher metadata = QUERY_ID.matcher(info.getAppMetadata().toStringUtf8());
        if (metadata.matches()) {
            return metadata.group(1);
        }
        for (Flight.FlightEndpoint endpoint : info.getEndpointList()) {
            if (tickets.open(endpoint.getTicket(), caller) instanceof Ticket.Issued(Announcement announced)) {
                return announced.id();
            }
        }
        return null;
    }

    private Flight.FlightEndpoint renew(Flight.FlightEndpoint endpoint, Caller caller) {
        return switch (tickets.open(endpoint.getTicket(), caller)) {
            case Ticket.Issued(Announcement announced) -> infos.renewed(endpoint, announced);
            case Ticket.Bare(ByteString bytes) -> {
                // What names its data by itself does not expire; what names nothing is refused here.
                targets.ofBareTicket(bytes, caller, SessionInterceptor.current());
                yield endpoint;
            }
        };
    }

    private Flight.SetSessionOptionsResult setOptions(Map<String, @Nullable String> options) {
        Flight.SetSessionOptionsResult.Builder answer = Flight.SetSessionOptionsResult.newBuilder();
        sessions.set(options).forEach((name, problem) -> {
            Flight.SetSessionOptionsResult.ErrorValue value = switch (problem) {
                case NO_SUCH_OPTION -> Flight.SetSessionOptionsResult.ErrorValue.INVALID_NAME;
                case INVALID_VALUE -> Flight.SetSessionOptionsResult.ErrorValue.INVALID_VALUE;
            };
            answer.putErrors(
                    name,
                    Flight.SetSessionOptionsResult.Error.newBuilder()
                            .setValue(value)
                            .build());
        });
        return answer.build();
    }

    private Flight.GetSessionOptionsResult options() {
        Flight.GetSessionOptionsResult.Builder answer = Flight.GetSessionOptionsResult.newBuilder();
        sessions.get()
                .forEach((option, value) -> answer.putSessionOptions(
                        option.optionName(),
                        Flight.SessionOptionValue.newBuilder()
                                .setStringValue(value)
                                .build()));
        return answer.build();
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
