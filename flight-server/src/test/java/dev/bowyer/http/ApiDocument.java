package dev.bowyer.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `openapi.json`, as its readers understand it.
final class ApiDocument {
    static final JsonMapper JSON = JsonMapper.builder().build();

    private final JsonNode root;

    ApiDocument() {
        try {
            root = JSON.readTree(OpenApiResource.document());
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /// By `GET /v1/datasets` and the like.
    Map<String, JsonNode> operations() {
        Map<String, JsonNode> operations = new TreeMap<>();
        root.path("paths")
                .properties()
                .forEach(path -> path.getValue().properties().stream()
                        .filter(entry -> !entry.getKey().equals("parameters"))
                        .forEach(entry -> operations.put(
                                entry.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(), entry.getValue())));
        return operations;
    }

    /// Follows a `$ref`, if the node is one.
    JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").textValue();
        return reference == null ? node : root.at(reference.substring(1));
    }

    /// What a request is answered with, by the document; null: nothing of that kind.
    @Nullable
    JsonNode response(String method, String path, int status) {
        return operations().entrySet().stream()
                .filter(entry -> matches(entry.getKey(), method + " " + path))
                // The longest has the fewest placeholders.
                .map(entry -> resolved(entry.getValue().path("responses").path(Integer.toString(status))))
                .filter(JsonNode::isObject)
                .findFirst()
                .orElse(null);
    }

    boolean knows(String method, String path) {
        return operations().keySet().stream().anyMatch(known -> matches(known, method + " " + path));
    }

    private static boolean matches(String operation, String request) {
        return request.matches(operation.replaceAll("\\{[^}]+}", "[^/]+").replace(".", "\\."));
    }
}
