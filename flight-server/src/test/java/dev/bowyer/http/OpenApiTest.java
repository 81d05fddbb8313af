package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.ReferencePage;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Permissions;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.admission.Readiness;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.query.QueryService;
import dev.bowyer.query.RecentQueries;
import dev.bowyer.registration.AllowedLocations;
import dev.bowyer.registration.DatasetRegistrations;
import dev.bowyer.registration.RegistrationStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The description of the API is kept by hand; here it is held against the routes.
final class OpenApiTest {
    private static final ApiDocument DOCUMENT = new ApiDocument();
    private static final AdmissionControl ADMISSION =
            AdmissionControl.of(new AdmissionLimits(64, 64, 100, Duration.ofSeconds(30)));

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        ScriptedEngine engine = new ScriptedEngine();
        Catalog catalog = new Catalog(engine);
        RecentQueries recent = new RecentQueries();
        HttpSettings settings = new HttpSettings("127.0.0.1", 0, List.of(), 1 << 20, 0, 0, Duration.ofSeconds(30));
        try (engine;
                QueryService queries = new QueryService(catalog, engine, ExecutionLimits.NONE, ADMISSION, recent);
                HttpEndpoint endpoint =
                        HttpEndpoint.start(settings, services(queries, catalog, Authenticator.open(), recent))) {
            assertThat(routes(endpoint))
                    .isEqualTo(new TreeSet<>(DOCUMENT.operations().keySet()));
        }
    }

    private static Set<String> routes(HttpEndpoint endpoint) {
        return endpoint.routes().stream()
                .filter(route -> route.method.isHttpMethod())
                .map(route -> route.method.name() + " " + route.path)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static HttpServices services(
            QueryService queries, Catalog catalog, Authenticator authenticator, RecentQueries recent) {
        Permissions permissions = Permissions.open();
        AllowedLocations nowhere = new AllowedLocations(List.of(), Set.of());
        var registrations =
                new DatasetRegistrations(catalog, permissions, nowhere, RegistrationStore.forgetful(), Set.of());
        return new HttpServices(
                queries,
                catalog,
                authenticator,
                new Readiness(),
                () -> "",
                registrations,
                permissions,
                recent,
                new FlightAddress(8815, null),
                "test");
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = DOCUMENT.root().findValuesAsText("$ref");
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                DOCUMENT.root().at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
        List<String> unused = new ArrayList<>();
        for (String kind : List.of("schemas", "responses")) {
            DOCUMENT.root().path("components").path(kind).fieldNames().forEachRemaining(name -> {
                if (!references.contains("#/components/" + kind + "/" + name)) {
                    unused.add(name);
                }
            });
        }
        assertThat(unused).isEmpty();
    }

    @Test
    void everyPlaceholderIsAParameter() {
        DOCUMENT.root().path("paths").properties().forEach(path -> {
            List<String> named = path.getValue().path("parameters").findValuesAsText("name");
            List<String> placeholders = java.util.regex.Pattern.compile("\\{([^}]+)}")
                    .matcher(path.getKey())
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertThat(named).as(path.getKey()).isEqualTo(placeholders);
        });
    }

    @Test
    void pageIsUpToDate() throws IOException {
        ReferencePage.check("http.md", page());
    }

    private static String page() {
        StringBuilder page = new StringBuilder("""
                # HTTP

                Generated from `/openapi.json`, which a server also answers with. Errors are problem JSON (RFC 9457) with
                the codes of Flight. An answer that is broken off without its end (no last chunk, no Arrow end marker)
                is not whole: the query failed after its first byte.

                """);
        DOCUMENT.operations().forEach((route, operation) -> {
            page.append("## ").append(route).append("\n\n");
            page.append(operation.path("summary").textValue()).append("\n\n");
            String path = route.substring(route.indexOf(' ') + 1);
            List<JsonNode> parameters = new ArrayList<>();
            DOCUMENT.root().path("paths").path(path).path("parameters").forEach(parameters::add);
            operation.path("parameters").forEach(parameters::add);
            if (!parameters.isEmpty()) {
                page.append("| parameter | in | values | what |\n|---|---|---|---|\n");
                parameters.forEach(parameter -> page.append("| `%s` | %s | %s | %s |%n"
                        .formatted(
                                parameter.path("name").textValue(),
                                parameter.path("in").textValue()
                                        + (parameter.path("required").asBoolean() ? ", required" : ""),
                                values(DOCUMENT.resolved(parameter.path("schema"))),
                                parameter.path("description").textValue())));
                page.append('\n');
            }
            if (operation.has("requestBody")) {
                page.append("Body: ")
                        .append(types(operation.path("requestBody")))
                        .append("\n\n");
            }
            page.append("| status | type | what |\n|---|---|---|\n");
            operation.path("responses").properties().forEach(entry -> {
                JsonNode response = DOCUMENT.resolved(entry.getValue());
                page.append("| %s | %s | %s |%n"
                        .formatted(
                                entry.getKey(),
                                types(response),
                                response.path("description").textValue()));
            });
            page.append('\n');
        });
        return page.toString();
    }

    private static String types(JsonNode holder) {
        List<String> types = new ArrayList<>();
        holder.path("content").fieldNames().forEachRemaining(type -> types.add("`" + type + "`"));
        return String.join(", ", types);
    }

    private static String values(JsonNode schema) {
        if (schema.has("enum")) {
            List<String> values = new ArrayList<>();
            schema.path("enum").forEach(value -> values.add("`" + value.asText() + "`"));
            return String.join(", ", values);
        }
        String range = schema.has("maximum") && schema.path("maximum").asLong() < Long.MAX_VALUE
                ? ", " + schema.path("minimum").asText() + " to "
                        + schema.path("maximum").asText()
                : "";
        return schema.path("type").asText() + range;
    }
}
