package dev.bowyer.flight.command;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;

/// A parsed DoAction. Bodies of Flight SQL's actions are wrapped in `Any`, those of Flight's own are not.
public sealed interface ServerAction {

    record CreatePreparedStatement(String sql, boolean inTransaction) implements ServerAction {}

    record ClosePreparedStatement(ByteString handle) implements ServerAction {}

    /// The deprecated CancelQuery too.
    ///
    /// @param answersAsCancelQuery which of the two result messages the client expects
    record Cancel(Flight.FlightInfo info, boolean answersAsCancelQuery) implements ServerAction {}

    /// Known to Flight, not carried out here.
    record NotServed(Kind kind) implements ServerAction {}

    /// Every action of Flight and Flight SQL.
    enum Kind {
        CREATE_PREPARED_STATEMENT("CreatePreparedStatement", "Plans a statement and returns its schema and a handle"),
        CLOSE_PREPARED_STATEMENT("ClosePreparedStatement", "Forgets a prepared statement"),
        CANCEL_FLIGHT_INFO("CancelFlightInfo", "Stops the query behind a FlightInfo"),
        CANCEL_QUERY("CancelQuery", "Stops a query; deprecated in favour of CancelFlightInfo"),
        CREATE_PREPARED_SUBSTRAIT_PLAN("CreatePreparedSubstraitPlan", ""),
        BEGIN_TRANSACTION("BeginTransaction", ""),
        END_TRANSACTION("EndTransaction", ""),
        BEGIN_SAVEPOINT("BeginSavepoint", ""),
        END_SAVEPOINT("EndSavepoint", ""),
        RENEW_FLIGHT_ENDPOINT("RenewFlightEndpoint", ""),
        SET_SESSION_OPTIONS("SetSessionOptions", ""),
        GET_SESSION_OPTIONS("GetSessionOptions", ""),
        CLOSE_SESSION("CloseSession", "");

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
        return switch (kind) {
            case CREATE_PREPARED_STATEMENT -> {
                var request = unpack(action, FlightSql.ActionCreatePreparedStatementRequest.class);
                yield new CreatePreparedStatement(request.getQuery(), request.hasTransactionId());
            }
            case CLOSE_PREPARED_STATEMENT ->
                new ClosePreparedStatement(unpack(action, FlightSql.ActionClosePreparedStatementRequest.class)
                        .getPreparedStatementHandle());
            case CANCEL_FLIGHT_INFO -> parseCancelFlightInfo(action);
            case CANCEL_QUERY -> parseCancelQuery(action);
            case CREATE_PREPARED_SUBSTRAIT_PLAN,
                    BEGIN_TRANSACTION,
                    END_TRANSACTION,
                    BEGIN_SAVEPOINT,
                    END_SAVEPOINT,
                    RENEW_FLIGHT_ENDPOINT,
                    SET_SESSION_OPTIONS,
                    GET_SESSION_OPTIONS,
                    CLOSE_SESSION -> new NotServed(kind);
        };
    }

    private static Cancel parseCancelFlightInfo(Flight.Action action) {
        try {
            return new Cancel(
                    Flight.CancelFlightInfoRequest.parseFrom(action.getBody()).getInfo(), false);
        } catch (InvalidProtocolBufferException e) {
            throw bodyDoesNotParse(action, e);
        }
    }

    @SuppressWarnings("deprecation") // The message of CancelQuery is deprecated as a whole; old clients send it.
    private static Cancel parseCancelQuery(Flight.Action action) {
        try {
            ByteString info =
                    unpack(action, FlightSql.ActionCancelQueryRequest.class).getInfo();
            return new Cancel(Flight.FlightInfo.parseFrom(info), true);
        } catch (InvalidProtocolBufferException e) {
            throw bodyDoesNotParse(action, e);
        }
    }

    private static <M extends Message> M unpack(Flight.Action action, Class<M> as) {
        try {
            return Any.parseFrom(action.getBody()).unpack(as);
        } catch (InvalidProtocolBufferException e) {
            throw bodyDoesNotParse(action, e);
        }
    }

    private static ServiceException bodyDoesNotParse(Flight.Action action, Throwable cause) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, "the body of action " + action.getType() + " does not parse", null, cause);
    }

    private static ServiceException unknown(String type) {
        return new ServiceException(
                ErrorCode.UNSUPPORTED,
                "no action is named \"" + type + "\"",
                NearestNames.hint(type, Arrays.stream(Kind.values()).map(Kind::type)));
    }
}
