package dev.bowyer.flight.ticket;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.proto.v1.PreparedHandle;
import dev.bowyer.proto.v1.StatementHandle;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// The forms of a DoGet ticket: an issued statement (`TicketStatementQuery` around our [StatementHandle]), a
/// metadata command, a statement or prepared statement as the command itself, or the plain name of a dataset
/// in UTF-8. And the handle of a prepared statement, which carries its SQL, so that every replica can serve
/// it.
public final class TicketCodec {
    private TicketCodec() {}

    public static Flight.Ticket encode(PlannedQuery announced) {
        StatementHandle handle = StatementHandle.newBuilder()
                .setQueryId(announced.id())
                .setSql(announced.request().sql())
                .build();
        return ticket(Any.pack(FlightSql.TicketStatementQuery.newBuilder()
                        .setStatementHandle(handle.toByteString())
                        .build())
                .toByteString());
    }

    /// A metadata command is its own ticket.
    public static Flight.Ticket encodeCommand(byte[] command) {
        return ticket(ByteString.copyFrom(command));
    }

    public static Flight.Ticket encode(DatasetName name) {
        String text = name.table().indexOf('.') < 0 ? name.toString() : name.namespace() + "." + name.table();
        return ticket(ByteString.copyFromUtf8(text));
    }

    /// @throws ServiceException INVALID_TICKET if it has none of the forms; INVALID_ARGUMENT or UNSUPPORTED
    ///     for a command that is no ticket
    public static Ticket decode(Flight.Ticket ticket) {
        byte[] bytes = ticket.getTicket().toByteArray();
        SqlCommand command = SqlCommand.parse(bytes);
        return switch (command) {
            case null -> new Ticket.Rows(null, new QueryRequest.Scan(DatasetName.parse(utf8(bytes))));
            case SqlCommand.Metadata metadata -> new Ticket.Metadata(metadata);
            case SqlCommand.TicketStatementQuery(ByteString handle) -> decodeStatement(handle);
            case SqlCommand.StatementQuery query -> new Ticket.Rows(null, request(query));
            case SqlCommand.PreparedStatementQuery(ByteString handle) -> new Ticket.Rows(null, decodePrepared(handle));
            case SqlCommand.StatementUpdate _, SqlCommand.PreparedStatementUpdate _, SqlCommand.NotServed _ ->
                throw new ServiceException(ErrorCode.INVALID_TICKET, command.name() + " is not a ticket");
        };
    }

    /// @throws ServiceException UNSUPPORTED for a statement inside a transaction
    public static QueryRequest request(SqlCommand.StatementQuery query) {
        if (query.inTransaction()) {
            throw new ServiceException(ErrorCode.UNSUPPORTED, "this server has no transactions");
        }
        return new QueryRequest.Sql(query.sql());
    }

    public static ByteString encodePrepared(String sql) {
        return PreparedHandle.newBuilder()
                .setStatementId(UUID.randomUUID().toString())
                .setSql(sql)
                .build()
                .toByteString();
    }

    /// @throws ServiceException QUERY_NOT_FOUND for a handle that is not one of ours
    public static QueryRequest decodePrepared(ByteString handle) {
        try {
            PreparedHandle ours = PreparedHandle.parseFrom(handle);
            if (!ours.getStatementId().isEmpty() && !ours.getSql().isEmpty()) {
                return new QueryRequest.Sql(ours.getSql());
            }
        } catch (InvalidProtocolBufferException _) {
            // Falls through to the one answer for every foreign handle.
        }
        throw new ServiceException(ErrorCode.QUERY_NOT_FOUND, "no prepared statement has this handle");
    }

    /// The id of the query a ticket was issued for; null if it is another form.
    public static @Nullable String queryId(Flight.Ticket ticket) {
        return decode(ticket) instanceof Ticket.Rows(String id, QueryRequest _) ? id : null;
    }

    private static Ticket.Rows decodeStatement(ByteString handle) {
        try {
            StatementHandle ours = StatementHandle.parseFrom(handle);
            if (!ours.getQueryId().isEmpty() && !ours.getSql().isEmpty()) {
                return new Ticket.Rows(ours.getQueryId(), new QueryRequest.Sql(ours.getSql()));
            }
        } catch (InvalidProtocolBufferException _) {
            // Falls through to the one answer for every foreign handle.
        }
        throw new ServiceException(ErrorCode.INVALID_TICKET, "the ticket was not issued by this server");
    }

    private static String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_TICKET,
                    "the ticket is neither one of this server nor the name of a dataset",
                    "ask for the flight info first",
                    e);
        }
    }

    private static Flight.Ticket ticket(ByteString bytes) {
        return Flight.Ticket.newBuilder().setTicket(bytes).build();
    }
}
