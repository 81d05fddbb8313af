package dev.bowyer.flight.command;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// A parsed DoAction. Bodies of Flight SQL's actions are wrapped in `Any`, those of Flight's own are not;
/// those of this server's are text.
public sealed interface ServerAction {

    record CreatePreparedStatement(String sql, boolean inTransaction) implements ServerAction {}

    record ClosePreparedStatement(ByteString handle) implements ServerAction {}

    /// The deprecated CancelQuery too.
    ///
    /// @param answersAsCancelQuery which of the two result messages the client expects
    record Cancel(Flight.FlightInfo info, boolean answersAsCancelQuery) implements ServerAction {}

    record Renew(Flight.FlightEndpoint endpoint) implements ServerAction {}

    /// @param options by name, as text; null: back to the default
    record SetSessionOptions(Map<String, @Nullable String> options) implements ServerAction {}

    record GetSessionOptions() implements ServerAction {}

    record CloseSession() implements ServerAction {}

    record Healthcheck() implements ServerAction {}

    record ListDatasets() implements ServerAction {}

    record DescribeDataset(String dataset) implements ServerAction {}

    /// @param body a dataset as in the configuration file, as JSON
    record RegisterDataset(ByteString body) implements ServerAction {}

    record DropDataset(String dataset) implements ServerAction {}

    /// A look at its files now.
    record RefreshDataset(String dataset) implements ServerAction {}

    record ListSnapshots(String dataset) implements ServerAction {}

    /// Known to Flight, not carried out here.
    record NotServed(Kind kind) implements ServerAction {}

    /// Every action of Flight and Flight SQL, and this server's own.
    enum Kind {
        CREATE_PREPARED_STATEMENT("CreatePreparedStatement", "Plans a statement and returns its schema and a handle"),
        CLOSE_PREPARED_STATEMENT("ClosePreparedStatement", "Forgets a prepared statement"),
        CANCEL_FLIGHT_INFO("CancelFlightInfo", "Stops the query behind a FlightInfo"),
        CANCEL_QUERY("CancelQuery", "Stops a query; deprecated in favour of CancelFlightInfo"),
        RENEW_FLIGHT_ENDPOINT("RenewFlightEndpoint", "Returns an endpoint with a ticket that expires later"),
        SET_SESSION_OPTIONS("SetSessionOptions", "Sets options for the calls that follow"),
        GET_SESSION_OPTIONS("GetSessionOptions", "Returns the options that apply, defaults included"),
        CLOSE_SESSION("CloseSession", "Forgets the options of the session"),
        HEALTHCHECK("healthcheck", "Returns a JSON object if the server serves"),
        LIST_DATASETS("list_datasets", "Returns a JSON object for each dataset"),
        DESCRIBE_DATASET("describe_dataset", "Takes a dataset's name; returns its columns and size as JSON"),
        REFRESH_DATASET("refresh_dataset", "As describe_dataset, after a look at the dataset's files"),
        REGISTER_DATASET(
                "register_dataset",
                "Takes a dataset as JSON, with the keys of `datasets` in the configuration file; adds or replaces it,"
                        + " and describes it. For administrators"),
        DROP_DATASET("drop_dataset", "Takes the name of a registered dataset; drops it. For administrators"),
        LIST_SNAPSHOTS(
                "list_snapshots",
                "Takes the name of an Iceberg or Delta dataset; returns a JSON object for each version of it"),
        CREATE_PREPARED_SUBSTRAIT_PLAN("CreatePreparedSubstraitPlan", ""),
        BEGIN_TRANSACTION("BeginTransaction", ""),
        END_TRANSACTION("EndTransaction", ""),
        BEGIN_SAVEPOINT("BeginSavepoint", ""),
        END_SAVEPOINT("EndSavepoint", "");

        private final String type;
        private final String description;

        Kind(String type, String description) {
            this.type = type;
            this.description = description;
        }

        public String type() {
            return type;
        }

        public String description() {
            return description;
        }

        /// Those that ListActions names.
        public static List<Kind> served() {
            return Arrays.stream(values())
                    .filter(kind -> !kind.description.isEmpty())
                    .toList();
        }
    }

    /// @throws ServiceException INVALID_ARGUMENT for a body that does not parse; UNSUPPORTED for an unknown
    ///     type
    static ServerAction parse(Flight.Action action) {
        Kind kind = Arrays.stream(Kind.values())
                .filter(known -> known.type().equals(action.getType()))
                .findFirst()
                .orElseThrow(() -> unknown(action.getType()));
        try {
            return parse(kind, action.getBody());
        } catch (InvalidProtocolBufferException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "the body of action " + action.getType() + " does not parse", null, e);
        }
    }

    private static ServerAction parse(Kind kind, ByteString body) throws InvalidProtocolBufferException {
        return switch (kind) {
            case CREATE_PREPARED_STATEMENT -> {
                var request = unpack(body, FlightSql.ActionCreatePreparedStatementRequest.class);
                yield new CreatePreparedStatement(request.getQuery(), request.hasTransactionId());
            }
            case CLOSE_PREPARED_STATEMENT ->
                new ClosePreparedStatement(unpack(body, FlightSql.ActionClosePreparedStatementRequest.class)
                        .getPreparedStatementHandle());
            case CANCEL_FLIGHT_INFO ->
                new Cancel(Flight.CancelFlightInfoRequest.parseFrom(body).getInfo(), false);
            case CANCEL_QUERY -> parseCancelQuery(body);
            case RENEW_FLIGHT_ENDPOINT ->
                new Renew(Flight.RenewFlightEndpointRequest.parseFrom(body).getEndpoint());
            case SET_SESSION_OPTIONS -> parseOptions(Flight.SetSessionOptionsRequest.parseFrom(body));
            case GET_SESSION_OPTIONS -> new GetSessionOptions();
            case CLOSE_SESSION -> new CloseSession();
            case HEALTHCHECK -> new Healthcheck();
            case LIST_DATASETS -> new ListDatasets();
            case DESCRIBE_DATASET -> new DescribeDataset(body.toStringUtf8());
            case REFRESH_DATASET -> new RefreshDataset(body.toStringUtf8());
            case REGISTER_DATASET -> new RegisterDataset(body);
            case DROP_DATASET -> new DropDataset(body.toStringUtf8());
            case LIST_SNAPSHOTS -> new ListSnapshots(body.toStringUtf8());
            case CREATE_PREPARED_SUBSTRAIT_PLAN, BEGIN_TRANSACTION, END_TRANSACTION, BEGIN_SAVEPOINT, END_SAVEPOINT ->
                new NotServed(kind);
        };
    }

    private static SetSessionOptions parseOptions(Flight.SetSessionOptionsRequest request) {
        Map<String, @Nullable String> options = new LinkedHashMap<>();
        request.getSessionOptionsMap().forEach((name, value) -> options.put(name, text(value)));
        return new SetSessionOptions(options);
    }

    /// Every type of value has a form as text; a list of texts is joined with commas.
    private static @Nullable String text(Flight.SessionOptionValue value) {
        return switch (value.getOptionValueCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case INT64_VALUE -> Long.toString(value.getInt64Value());
            case DOUBLE_VALUE -> Double.toString(value.getDoubleValue());
            case STRING_LIST_VALUE ->
                String.join(",", value.getStringListValue().getValuesList());
            case OPTIONVALUE_NOT_SET -> null;
        };
    }

    @SuppressWarnings("deprecation") // The message of CancelQuery is deprecated as a whole; old clients send it.
    private static Cancel parseCancelQuery(ByteString body) throws InvalidProtocolBufferException {
        ByteString info = unpack(body, FlightSql.ActionCancelQueryRequest.class).getInfo();
        return new Cancel(Flight.FlightInfo.parseFrom(info), true);
    }

    private static <M extends Message> M unpack(ByteString body, Class<M> as) throws InvalidProtocolBufferException {
        return Any.parseFrom(body).unpack(as);
    }

    private static ServiceException unknown(String type) {
        return new ServiceException(
                ErrorCode.UNSUPPORTED,
                "no action is named \"" + type + "\"",
                NearestNames.hint(type, Kind.served().stream().map(Kind::type)));
    }
}
