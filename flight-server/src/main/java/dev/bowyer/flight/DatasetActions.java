package dev.bowyer.flight;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.lake.LakeTable;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.metadata.ColumnMetadata;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Field;

/// The actions of this server's own, which answer in JSON. None changes what is registered: whoever may do
/// that is not known to this server yet.
final class DatasetActions {
    private final Catalog catalog;
    private final String serverVersion;

    DatasetActions(Catalog catalog, String serverVersion) {
        this.catalog = catalog;
        this.serverVersion = serverVersion;
    }

    Flight.Result health() {
        return result(object().put("status", "serving")
                .put("version", serverVersion)
                .put("datasets", catalog.current().datasets().size()));
    }

    /// In order of their names.
    Stream<Flight.Result> list() {
        CatalogSnapshot snapshot = catalog.listed();
        return snapshot.names().stream()
                .map(name ->
                        result(snapshot.find(name).map(DatasetActions::summary).orElseGet(() -> named(name))));
    }

    /// @throws dev.bowyer.error.ServiceException DATASET_NOT_FOUND with the nearest names; as
    ///     [Catalog#refresh]
    Flight.Result describe(String name, boolean refresh) {
        DatasetName wanted = DatasetName.parse(name);
        Dataset dataset = refresh
                ? catalog.require(wanted)
                : catalog.current().find(wanted).orElseGet(() -> catalog.require(wanted));
        ObjectNode json = summary(dataset);
        ArrayNode columns = json.putArray("columns");
        for (Field field : dataset.table().schema().getFields()) {
            columns.addObject()
                    .put("name", field.getName())
                    .put("type", ColumnMetadata.typeName(field.getType()))
                    .put("arrow_type", field.getType().toString())
                    .put("nullable", field.isNullable());
        }
        return result(json);
    }

    /// The versions of a table, the oldest first.
    ///
    /// @throws ServiceException as [Catalog#require]; UNSUPPORTED for a dataset without versions
    Stream<Flight.Result> snapshots(String name) {
        Dataset dataset = catalog.require(DatasetName.parse(name));
        if (!(dataset.table() instanceof LakeTable table)) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "dataset \"" + dataset.name() + "\" is made of files and keeps no versions",
                    "Iceberg and Delta tables have them");
        }
        return table.lake().snapshots().stream().map(snapshot -> result(json(snapshot)));
    }

    private static ObjectNode json(SnapshotInfo snapshot) {
        ObjectNode json = object().put("version", snapshot.id())
                .put("parent", snapshot.parent())
                .put("committed_at", snapshot.committedAt().toString())
                .put("operation", snapshot.operation());
        ObjectNode summary = json.putObject("summary");
        snapshot.summary().forEach(summary::put);
        return json;
    }

    private static ObjectNode summary(Dataset dataset) {
        ObjectNode json = named(dataset.name())
                .put("format", dataset.table().format())
                .put("files", dataset.table().files())
                .put("bytes", dataset.table().bytes());
        dataset.table().rows().ifPresent(rows -> json.put("rows", rows));
        String version = dataset.table().version();
        if (version != null) {
            json.put("version", version);
        }
        return json;
    }

    /// All that is known of a table of a mounted catalog before its first use.
    private static ObjectNode named(DatasetName name) {
        return object().put("namespace", name.namespace()).put("table", name.table());
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Flight.Result result(ObjectNode json) {
        return Flight.Result.newBuilder()
                .setBody(ByteString.copyFromUtf8(json.toString()))
                .build();
    }
}
