package dev.bowyer.flight.ticket;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Caller;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ResultTypes;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.proto.v1.PreparedTicket;
import dev.bowyer.proto.v1.QueryPayload;
import dev.bowyer.proto.v1.QueryTicket;
import dev.bowyer.proto.v1.ScanPayload;
import dev.bowyer.proto.v1.TableVersion;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.QueryRequest;
import java.util.stream.Collectors;

/// Between requests and the messages that stand in tickets and handles.
final class Payloads {
    private Payloads() {}

    static QueryTicket of(Announcement announced) {
        QueryTicket.Builder ticket = QueryTicket.newBuilder()
                .setQueryId(announced.id())
                .setQuery(query(announced.request()))
                .setPart(announced.part())
                .setParts(announced.parts())
                .setDataVersion(announced.dataVersion())
                .setSchemaHash(announced.schemaHash())
                .setCaller(announced.request().caller().name());
        announced
                .versions()
                .forEach((name, version) -> ticket.addVersions(TableVersion.newBuilder()
                        .setNamespace(name.namespace())
                        .setTable(name.table())
                        .setVersion(version)));
        return ticket.build();
    }

    /// @throws ServiceException PERMISSION_DENIED for somebody else's
    static Announcement announcement(QueryTicket ticket, Caller caller) throws InvalidProtocolBufferException {
        requireOwner(ticket.getCaller(), caller);
        return new Announcement(
                ticket.getQueryId(),
                request(ticket.getQuery(), caller),
                ticket.getPart(),
                Math.max(1, ticket.getParts()),
                ticket.getDataVersion(),
                ticket.getSchemaHash(),
                ticket.getVersionsList().stream()
                        .collect(Collectors.toMap(
                                version -> new DatasetName(version.getNamespace(), version.getTable()),
                                TableVersion::getVersion)));
    }

    static PreparedTicket prepared(QueryRequest request) {
        PreparedTicket.Builder ticket = PreparedTicket.newBuilder()
                .setQuery(query(request))
                .setCaller(request.caller().name());
        if (request.statementId() != null) {
            ticket.setStatementId(request.statementId());
        }
        return ticket.build();
    }

    /// @throws ServiceException PERMISSION_DENIED for somebody else's
    static QueryRequest prepared(PreparedTicket ticket, Caller caller) throws InvalidProtocolBufferException {
        requireOwner(ticket.getCaller(), caller);
        return request(ticket.getQuery(), caller).ofPrepared(ticket.getStatementId());
    }

    private static QueryPayload query(QueryRequest request) {
        ResultTypes types = request.options().types();
        QueryPayload.Builder payload = QueryPayload.newBuilder()
                .setDefaultNamespace(request.options().defaultNamespace())
                .setNativeEncoding(types.encoding() == ResultTypes.Encoding.NATIVE)
                .setTimestampsInNanoseconds(types.timestampsInNanoseconds())
                .setTimestampsWithoutZone(types.timestampsWithoutZone())
                .setDecimalsAsDoubles(types.decimalsAsDoubles())
                .setParameters(ByteString.copyFrom(request.parameters()));
        switch (request.statement()) {
            case Statement.Sql(String sql) -> payload.setSql(sql);
            case Statement.Scan scan -> payload.setScan(scan(scan));
        }
        return payload.build();
    }

    private static ScanPayload scan(Statement.Scan scan) {
        ScanPayload.Builder payload = ScanPayload.newBuilder()
                .setNamespace(scan.dataset().namespace())
                .setTable(scan.dataset().table())
                .addAllColumns(scan.columns());
        if (scan.filter() != null) {
            payload.setFilter(scan.filter());
        }
        if (scan.limit() != null) {
            payload.setLimit(scan.limit());
        }
        return payload.build();
    }

    private static QueryRequest request(QueryPayload payload, Caller caller) throws InvalidProtocolBufferException {
        Statement statement = switch (payload.getStatementCase()) {
            case SQL -> new Statement.Sql(payload.getSql());
            case SCAN -> statement(payload.getScan());
            // By a newer replica; what it meant cannot be guessed.
            case STATEMENT_NOT_SET -> throw new InvalidProtocolBufferException("no statement");
        };
        ResultTypes types = new ResultTypes(
                payload.getNativeEncoding() ? ResultTypes.Encoding.NATIVE : ResultTypes.Encoding.COMPATIBLE,
                payload.getTimestampsInNanoseconds(),
                payload.getTimestampsWithoutZone(),
                payload.getDecimalsAsDoubles());
        return QueryRequest.of(caller, statement, new PlanOptions(payload.getDefaultNamespace(), types))
                .withParameters(payload.getParameters().toByteArray());
    }

    private static Statement statement(ScanPayload scan) {
        return new Statement.Scan(
                new DatasetName(scan.getNamespace(), scan.getTable()),
                scan.getColumnsList(),
                scan.hasFilter() ? scan.getFilter() : null,
                scan.hasLimit() ? scan.getLimit() : null);
    }

    private static void requireOwner(String owner, Caller caller) {
        if (!owner.equals(caller.name())) {
            throw new ServiceException(
                    ErrorCode.PERMISSION_DENIED,
                    "the ticket or handle was issued to another user than " + caller.name(),
                    "ask for one of your own");
        }
    }
}
