package dev.bowyer.registration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Durations;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.SourceSpec;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.json.StrictJson;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A dataset as a caller wants it to be: what an entry of `datasets` says in the configuration file, under
/// the same keys, as JSON. References such as `${env:NAME}` stand for nothing here.
///
/// @param refresh as it was written, such as `60s`; null: every query looks
public record Registration(
        DatasetName name, SourceSpec spec, @Nullable String refresh) {
    /// Longest text of one, in bytes.
    public static final int MAX_BYTES = 64 * 1024;
    /// Most partition columns of one.
    static final int MAX_PARTITIONS = 100;

    private static final Set<String> KEYS =
            Set.of("from", "catalog", "table", "format", "as-of", "partitions", "refresh", "csv");
    private static final Set<String> CSV_KEYS = Set.of("delimiter", "header");

    /// @param body without the name
    /// @throws ServiceException INVALID_ARGUMENT naming the key and the value
    public static Registration parse(DatasetName name, byte[] body) {
        return of(name, object(body));
    }

    /// @param body with the key `name` beside the others
    /// @throws ServiceException INVALID_ARGUMENT naming the key and the value
    public static Registration parse(byte[] body) {
        return named(object(body));
    }

    private static Registration named(StrictJson json) {
        String name = json.text("name");
        if (name == null) {
            throw invalid("dataset: key \"name\" is missing");
        }
        return of(DatasetName.parse(name), new StrictJson("dataset", without(json.root(), "name")));
    }

    /// As [#json] wrote it.
    static Registration of(JsonNode stored) {
        return named(new StrictJson("dataset", stored));
    }

    private static StrictJson object(byte[] body) {
        if (body.length > MAX_BYTES) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED, "dataset-bytes: " + body.length + " bytes (limit: " + MAX_BYTES + ")");
        }
        StrictJson json = StrictJson.parse("dataset", body);
        if (!json.root().isObject()) {
            throw invalid("dataset: a JSON object with the keys of a dataset is wanted");
        }
        return json;
    }

    private static Registration of(DatasetName name, StrictJson json) {
        json.allow(KEYS);
        json.requireNoNulls();
        List<String> partitions = json.has("partitions") ? json.texts("partitions") : null;
        if (partitions != null && partitions.size() > MAX_PARTITIONS) {
            throw invalid("dataset: partitions: " + partitions.size() + " of them (expected: at most " + MAX_PARTITIONS
                    + ")");
        }
        JsonNode asOf = json.root().path("as-of");
        String version = asOf.isIntegralNumber() ? asOf.asText() : json.text("as-of");
        SourceSpec spec = new SourceSpec(
                json.text("from"),
                json.text("catalog"),
                json.text("table"),
                json.text("format"),
                version == null ? null : AsOf.parse(version),
                partitions,
                csv(json));
        spec.source();
        String refresh = json.text("refresh");
        duration(refresh);
        return new Registration(name, spec, refresh);
    }

    private static Source.CsvOptions csv(StrictJson json) {
        StrictJson csv = json.object("csv");
        if (csv == null) {
            return Source.CsvOptions.DEFAULT;
        }
        csv.allow(CSV_KEYS);
        csv.requireNoNulls();
        String delimiter = Objects.requireNonNullElse(csv.text("delimiter"), ",");
        if (delimiter.length() != 1 || delimiter.charAt(0) > 127) {
            throw invalid("dataset: csv: delimiter: \"" + delimiter + "\" (expected: one ASCII character)");
        }
        return new Source.CsvOptions(delimiter.charAt(0), Objects.requireNonNullElse(csv.bool("header"), true));
    }

    private static Duration duration(@Nullable String refresh) {
        try {
            return refresh == null ? Catalog.REFRESH_ALWAYS : Durations.parse(refresh);
        } catch (IllegalArgumentException _) {
            throw invalid("dataset: refresh: \"" + refresh + "\" (expected: a duration such as 500ms, 30s, 5m or 2h)");
        }
    }

    Source source() {
        return spec.source();
    }

    /// Least time between two looks at the files.
    Duration interval() {
        return duration(refresh);
    }

    /// What [#of(JsonNode)] reads.
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", name.namespace() + "." + name.table());
        put(json, "from", spec.from());
        put(json, "catalog", spec.catalog());
        put(json, "table", spec.table());
        put(json, "format", spec.format());
        put(json, "as-of", spec.asOf() == null ? null : spec.asOf().toString());
        if (spec.partitions() != null) {
            ArrayNode partitions = json.putArray("partitions");
            spec.partitions().forEach(partitions::add);
        }
        put(json, "refresh", refresh);
        json.putObject("csv")
                .put("delimiter", String.valueOf(spec.csv().delimiter()))
                .put("header", spec.csv().header());
        return json;
    }

    private static void put(ObjectNode json, String key, @Nullable String value) {
        if (value != null) {
            json.put(key, value);
        }
    }

    private static ObjectNode without(JsonNode object, String key) {
        ObjectNode rest = object.deepCopy();
        rest.remove(key);
        return rest;
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
