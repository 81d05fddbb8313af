package dev.bowyer.flight.command;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.json.StrictJson;
import dev.bowyer.proto.v1.ReadDataset;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A command for rows outside of Flight SQL, in a CMD descriptor or as a ticket that the client made itself:
/// JSON, or our [ReadDataset] in an `Any`.
public sealed interface RowsCommand {

    /// Optional fields that were not sent are null.
    ///
    /// @param dataset with the version that was asked for
    /// @param columns empty: all
    /// @param wire a value of the session option of that name, unchecked
    record Read(
            DatasetName dataset,
            List<String> columns,
            @Nullable String filter,
            @Nullable Long limit,
            @Nullable Integer parallelism,
            @Nullable String wire)
            implements RowsCommand {}

    /// What clients of InfluxDB send.
    ///
    /// @param database the namespace of table names without one, or the catalog
    record Sql(String database, String sql) implements RowsCommand {}

    /// Longest JSON command, in bytes.
    int MAX_JSON_BYTES = 1024 * 1024;

    /// @return null if `bytes` are neither of the two forms
    /// @throws ServiceException INVALID_ARGUMENT naming what is wrong
    static @Nullable RowsCommand parse(byte[] bytes) {
        if (startsAsJson(bytes)) {
            return json(bytes);
        }
        try {
            Any any = Any.parseFrom(bytes);
            String type = any.getTypeUrl();
            if (!type.substring(type.lastIndexOf('/') + 1)
                    .equals(ReadDataset.getDescriptor().getFullName())) {
                return null;
            }
            return read(ReadDataset.parseFrom(any.getValue()));
        } catch (InvalidProtocolBufferException _) {
            return null;
        }
    }

    private static boolean startsAsJson(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\n' && b != '\r') {
                return b == '{';
            }
        }
        return false;
    }

    private static Read read(ReadDataset command) {
        if (!command.getUnknownFields().asMap().isEmpty()) {
            throw invalid("ReadDataset has no field "
                    + command.getUnknownFields().asMap().keySet().iterator().next());
        }
        DatasetName dataset = DatasetPath.parse(command.getDatasetList());
        return new Read(
                command.hasSnapshot() ? versionOf(dataset, command.getSnapshot()) : dataset,
                List.copyOf(command.getColumnsList()),
                command.hasFilter() ? command.getFilter() : null,
                command.hasLimit() ? checkedLimit(command.getLimit()) : null,
                command.hasParallelism() ? command.getParallelism() : null,
                command.hasWire() ? command.getWire() : null);
    }

    private static RowsCommand json(byte[] bytes) {
        if (bytes.length > MAX_JSON_BYTES) {
            throw invalid("JSON command: " + bytes.length + " bytes (limit: " + MAX_JSON_BYTES + ")");
        }
        StrictJson json = StrictJson.parse("JSON command", bytes);
        return json.has("sql_query") || json.has("database") ? influx(json) : read(json);
    }

    private static Sql influx(StrictJson json) {
        json.allow(Set.of("database", "sql_query", "query_type"));
        String type = json.text("query_type");
        if (type != null && !type.equals("sql")) {
            throw invalid("query_type: \"" + type + "\" (expected: sql)");
        }
        String database = json.text("database");
        String sql = json.text("sql_query");
        if (database == null || sql == null) {
            throw invalid("JSON command: database and sql_query belong together");
        }
        return new Sql(database, sql);
    }

    private static Read read(StrictJson json) {
        json.allow(Set.of("dataset", "columns", "filter", "limit", "snapshot", "parallelism", "wire"));
        if (!json.has("dataset")) {
            throw invalid(
                    "JSON command: dataset is missing (expected: \"namespace.table\" or [\"namespace\", \"table\"])");
        }
        DatasetName dataset = DatasetPath.parse(json.textOrTexts("dataset"));
        Long limit = json.number("limit");
        Long parallelism = json.number("parallelism");
        return new Read(
                json.has("snapshot") ? versionOf(dataset, json.textOrNumber("snapshot", "as_of")) : dataset,
                json.texts("columns"),
                json.text("filter"),
                limit == null ? null : checkedLimit(limit),
                parallelism == null ? null : Math.clamp(parallelism, Integer.MIN_VALUE, Integer.MAX_VALUE),
                json.text("wire"));
    }

    private static long checkedLimit(long limit) {
        if (limit < 0) {
            throw invalid("limit: " + limit + " (expected: 0 or more)");
        }
        return limit;
    }

    private static DatasetName versionOf(DatasetName dataset, String snapshot) {
        try {
            return dataset.at(AsOf.parse(snapshot));
        } catch (ServiceException e) {
            throw new ServiceException(e.code(), "snapshot: " + e.getMessage(), e.hint(), e);
        }
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
