package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// As much of JSON Schema as the answers' descriptions use.
final class JsonSchema {
    private JsonSchema() {}

    static void check(ApiDocument document, JsonNode schema, JsonNode value, String where) {
        JsonNode rule = document.resolved(schema);
        String type = rule.path("type").asText();
        assertThat(isOf(type, value)).as("%s: %s is no %s", where, value, type).isTrue();
        if (rule.has("enum")) {
            assertThat(rule.path("enum")).as(where).contains(value);
        }
        if (rule.has("pattern")) {
            assertThat(value.textValue())
                    .as(where)
                    .containsPattern(rule.path("pattern").textValue());
        }
        if (rule.has("minimum")) {
            assertThat(value.asDouble())
                    .as(where)
                    .isGreaterThanOrEqualTo(rule.path("minimum").asDouble());
        }
        if (rule.has("maximum")) {
            assertThat(value.asDouble())
                    .as(where)
                    .isLessThanOrEqualTo(rule.path("maximum").asDouble());
        }
        for (JsonNode item : value.isArray() ? value : List.<JsonNode>of()) {
            check(document, rule.path("items"), item, where + "[]");
        }
        JsonNode properties = rule.path("properties");
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            if (properties.has(entry.getKey())) {
                check(document, properties.path(entry.getKey()), entry.getValue(), where + "." + entry.getKey());
            } else {
                assertThat(rule.path("additionalProperties").asBoolean(true))
                        .as("%s: %s is not described", where, entry.getKey())
                        .isTrue();
            }
        }
        List<String> missing = new ArrayList<>();
        rule.path("required").forEach(name -> missing.add(name.textValue()));
        missing.removeIf(value::has);
        assertThat(missing).as(where + " lacks").isEmpty();
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            default -> throw new AssertionError("type " + type);
        };
    }
}
