package dev.bowyer.flight;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.flight.metadata.ColumnMetadata;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Field;

/// The actions of this server's own, which answer in JSON. None changes what is registered: whoever may do that is
/// not known to this server yet.
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
        return catalog.current().datasets().stream().map(dataset -> result(summary(dataset)));
    }

    /// @throws dev.bowyer.error.ServiceException DATASET_NOT_FOUND with the nearest names; as [Catalog#refresh]
    Flight.Result describe(String name, boolean refresh) {
        DatasetName wanted = DatasetName.parse(name);
        CatalogSnapshot snapshot = refresh ? catalog.refresh(List.of(wanted)) : catalog.current();
        Dataset dataset = snapshot.require(wanted);
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

    private static ObjectNode summary(Dataset dataset) {
        ObjectNode json = object().put("namespace", dataset.name().namespace())
                .put("table", dataset.name().table())
                .put("format", dataset.table().format().id())
                .put("files", dataset.table().files())
                .put("bytes", dataset.table().bytes());
        dataset.table().rows().ifPresent(rows -> json.put("rows", rows));
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
