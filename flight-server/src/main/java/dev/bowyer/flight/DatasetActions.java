package dev.bowyer.flight;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.bowyer.access.Caller;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetJson;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.lake.LakeTable;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.registration.DatasetRegistrations;
import dev.bowyer.registration.Registration;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;

/// The actions of this server's own, which answer in JSON.
final class DatasetActions {
    private final Catalog catalog;
    private final DatasetRegistrations registrations;
    private final String serverVersion;

    DatasetActions(Catalog catalog, DatasetRegistrations registrations, String serverVersion) {
        this.catalog = catalog;
        this.registrations = registrations;
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
                        result(snapshot.find(name).map(DatasetJson::summary).orElseGet(() -> DatasetJson.named(name))));
    }

    /// @throws ServiceException DATASET_NOT_FOUND with the nearest names; as [Catalog#require]
    Flight.Result describe(String name) {
        DatasetName wanted = DatasetName.parse(name);
        return described(catalog.current().find(wanted).orElseGet(() -> catalog.require(wanted)));
    }

    /// @throws ServiceException as [DatasetRegistrations#refresh]
    Flight.Result refresh(String name) {
        return described(registrations.refresh(DatasetName.parse(name)));
    }

    /// @throws ServiceException as [Registration#parse(byte[])] and [DatasetRegistrations#register]
    Flight.Result register(Caller caller, byte[] body) {
        return described(
                registrations.register(caller, Registration.parse(body)).dataset());
    }

    /// @throws ServiceException as [DatasetRegistrations#drop]
    void drop(Caller caller, String name) {
        registrations.drop(caller, DatasetName.parse(name));
    }

    private static Flight.Result described(Dataset dataset) {
        return result(DatasetJson.described(dataset));
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

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static Flight.Result result(ObjectNode json) {
        return Flight.Result.newBuilder()
                .setBody(ByteString.copyFromUtf8(json.toString()))
                .build();
    }
}
