package dev.bowyer.http;

import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// `/openapi.json`: every route with its parameters, answers and statuses. Kept by hand beside the routes; a
/// test compares them.
final class OpenApiResource {
    static final String FILE = "openapi.json";

    private final String document;

    OpenApiResource(String serverVersion) {
        this.document = document().replace("${version}", serverVersion.replaceAll("[^A-Za-z0-9.+_-]", "-"));
    }

    void routes(RoutesConfig routes) {
        routes.get(
                "/openapi.json",
                context -> context.header("Cache-Control", "no-cache")
                        .contentType("application/json")
                        .result(document));
    }

    static String document() {
        try (InputStream file = OpenApiResource.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException("this build has no " + FILE);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
