package dev.bowyer.flight.command;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// A command of Flight SQL, as descriptors and tickets carry it. [#parse] is the only place that sees it as
/// `Any`. Optional fields that were not sent are null.
public sealed interface SqlCommand {
    /// What every type URL of Flight SQL contains, after its host.
    String NAMESPACE = "arrow.flight.protocol.sql.";

    /// Longest type URL that is taken for one.
    int MAX_TYPE_URL = 256;

    /// The message's name in Flight SQL, for errors.
    String name();

    /// Commands answered from the catalog or from constants, by GetFlightInfo, GetSchema and, as a ticket,
    /// DoGet.
    sealed interface Metadata extends SqlCommand {}

    /// Commands of a kind that this server does not carry out.
    record NotServed(String name) implements SqlCommand {}

    record StatementQuery(String sql, boolean inTransaction) implements SqlCommand {
        @Override
        public String name() {
            return "CommandStatementQuery";
        }
    }

    record PreparedStatementQuery(ByteString handle) implements SqlCommand {
        @Override
        public String name() {
            return "CommandPreparedStatementQuery";
        }
    }

    /// Only in tickets.
    record TicketStatementQuery(ByteString handle) implements SqlCommand {
        @Override
        public String name() {
            return "TicketStatementQuery";
        }
    }

    /// Only through DoPut.
    record StatementUpdate(String sql, boolean inTransaction) implements SqlCommand {
        @Override
        public String name() {
            return "CommandStatementUpdate";
        }
    }

    /// Only through DoPut.
    record StatementIngest(String table) implements SqlCommand {
        @Override
        public String name() {
            return "CommandStatementIngest";
        }
    }

    /// Only through DoPut.
    record PreparedStatementUpdate(ByteString handle) implements SqlCommand {
        @Override
        public String name() {
            return "CommandPreparedStatementUpdate";
        }
    }

    /// @param ids empty: all
    record GetSqlInfo(List<Integer> ids) implements Metadata {
        @Override
        public String name() {
            return "CommandGetSqlInfo";
        }
    }

    record GetXdbcTypeInfo(@Nullable Integer dataType) implements Metadata {
        @Override
        public String name() {
            return "CommandGetXdbcTypeInfo";
        }
    }

    record GetCatalogs() implements Metadata {
        @Override
        public String name() {
            return "CommandGetCatalogs";
        }
    }

    record GetDbSchemas(@Nullable String catalog, @Nullable String schemaPattern) implements Metadata {
        @Override
        public String name() {
            return "CommandGetDbSchemas";
        }
    }

    /// @param types empty: all
    record GetTables(
            @Nullable String catalog,
            @Nullable String schemaPattern,
            @Nullable String tablePattern,
            List<String> types,
            boolean withSchema)
            implements Metadata {
        @Override
        public String name() {
            return "CommandGetTables";
        }
    }

    record GetTableTypes() implements Metadata {
        @Override
        public String name() {
            return "CommandGetTableTypes";
        }
    }

    record GetPrimaryKeys() implements Metadata {
        @Override
        public String name() {
            return "CommandGetPrimaryKeys";
        }
    }

    /// Exported keys, imported keys and cross references: no dataset has any, so nothing of the request
    /// matters.
    record GetForeignKeys(String name) implements Metadata {}

    /// The type URL of bytes that look like an `Any`, whatever is in it; null if they do not.
    static @Nullable String typeUrl(byte[] bytes) {
        try {
            String url = Any.parseFrom(bytes).getTypeUrl();
            boolean plausible = url.length() <= MAX_TYPE_URL && url.matches("[!-~]*/[!-~]+");
            return plausible ? url : null;
        } catch (InvalidProtocolBufferException _) {
            return null;
        }
    }

    /// @return null if `bytes` are no command of Flight SQL at all
    /// @throws ServiceException INVALID_ARGUMENT if they claim to be one and do not parse; UNSUPPORTED for an
    ///     unknown one
    static @Nullable SqlCommand parse(byte[] bytes) {
        Any any;
        try {
            any = Any.parseFrom(bytes);
        } catch (InvalidProtocolBufferException _) {
            return null;
        }
        int slash = any.getTypeUrl().lastIndexOf('/');
        String type = any.getTypeUrl().substring(slash + 1);
        if (!type.startsWith(NAMESPACE)) {
            return null;
        }
        String name = type.substring(NAMESPACE.length());
        return switch (name) {
            case "CommandStatementQuery" -> {
                var it = unpack(any, FlightSql.CommandStatementQuery.class, name);
                yield new StatementQuery(it.getQuery(), it.hasTransactionId());
            }
            case "CommandPreparedStatementQuery" ->
                new PreparedStatementQuery(unpack(any, FlightSql.CommandPreparedStatementQuery.class, name)
                        .getPreparedStatementHandle());
            case "TicketStatementQuery" ->
                new TicketStatementQuery(
                        unpack(any, FlightSql.TicketStatementQuery.class, name).getStatementHandle());
            case "CommandStatementUpdate" -> {
                var it = unpack(any, FlightSql.CommandStatementUpdate.class, name);
                yield new StatementUpdate(it.getQuery(), it.hasTransactionId());
            }
            case "CommandPreparedStatementUpdate" ->
                new PreparedStatementUpdate(unpack(any, FlightSql.CommandPreparedStatementUpdate.class, name)
                        .getPreparedStatementHandle());
            case "CommandStatementIngest" ->
                new StatementIngest(unpack(any, FlightSql.CommandStatementIngest.class, name)
                        .getTable());
            case "CommandStatementSubstraitPlan" -> new NotServed(name);
            default -> parseMetadata(any, name);
        };
    }

    private static Metadata parseMetadata(Any any, String name) {
        return switch (name) {
            case "CommandGetSqlInfo" ->
                new GetSqlInfo(
                        unpack(any, FlightSql.CommandGetSqlInfo.class, name).getInfoList());
            case "CommandGetXdbcTypeInfo" -> {
                var it = unpack(any, FlightSql.CommandGetXdbcTypeInfo.class, name);
                yield new GetXdbcTypeInfo(it.hasDataType() ? it.getDataType() : null);
            }
            case "CommandGetCatalogs" -> {
                unpack(any, FlightSql.CommandGetCatalogs.class, name);
                yield new GetCatalogs();
            }
            case "CommandGetDbSchemas" -> {
                var it = unpack(any, FlightSql.CommandGetDbSchemas.class, name);
                yield new GetDbSchemas(
                        it.hasCatalog() ? it.getCatalog() : null,
                        it.hasDbSchemaFilterPattern() ? it.getDbSchemaFilterPattern() : null);
            }
            case "CommandGetTables" -> {
                var it = unpack(any, FlightSql.CommandGetTables.class, name);
                yield new GetTables(
                        it.hasCatalog() ? it.getCatalog() : null,
                        it.hasDbSchemaFilterPattern() ? it.getDbSchemaFilterPattern() : null,
                        it.hasTableNameFilterPattern() ? it.getTableNameFilterPattern() : null,
                        List.copyOf(it.getTableTypesList()),
                        it.getIncludeSchema());
            }
            case "CommandGetTableTypes" -> {
                unpack(any, FlightSql.CommandGetTableTypes.class, name);
                yield new GetTableTypes();
            }
            case "CommandGetPrimaryKeys" -> {
                unpack(any, FlightSql.CommandGetPrimaryKeys.class, name);
                yield new GetPrimaryKeys();
            }
            case "CommandGetExportedKeys" -> foreignKeys(any, FlightSql.CommandGetExportedKeys.class, name);
            case "CommandGetImportedKeys" -> foreignKeys(any, FlightSql.CommandGetImportedKeys.class, name);
            case "CommandGetCrossReference" -> foreignKeys(any, FlightSql.CommandGetCrossReference.class, name);
            default ->
                throw new ServiceException(ErrorCode.UNSUPPORTED, "no Flight SQL command is named \"" + name + "\"");
        };
    }

    private static <M extends Message> GetForeignKeys foreignKeys(Any any, Class<M> as, String name) {
        M request = unpack(any, as, name);
        return new GetForeignKeys(request.getDescriptorForType().getName());
    }

    private static <M extends Message> M unpack(Any any, Class<M> as, String name) {
        try {
            return any.unpack(as);
        } catch (InvalidProtocolBufferException e) {
            throw new ServiceException(ErrorCode.INVALID_ARGUMENT, name + " does not parse", null, e);
        }
    }
}
