package dev.bowyer.dataset.iceberg;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.rest.RESTUtil;

/// An Iceberg REST service over the tables of a [LocalWarehouse], in the words of the specification; answers
/// late, never, or with a failure when told so.
final class RestServer implements AutoCloseable {
    static final String CREDENTIAL = "client:s3cret";

    /// Of the requests, in their order: method, path and query.
    final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    /// Configuration and storage credentials that come with a table.
    volatile Map<String, String> tableConfig = Map.of();

    volatile List<Map<String, Object>> storageCredentials = List.of();
    /// What every request but for a token is answered with; 0: as it should be.
    volatile int failing;
    /// Requests that have the last token alone are let in.
    volatile boolean guarded;

    volatile boolean silent;
    private final AtomicInteger tokens = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final LocalWarehouse warehouse;
    private final HttpServer server;

    RestServer(LocalWarehouse warehouse) {
        this.warehouse = warehouse;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /// All tokens given so far are refused from now on.
    void expireTokens() {
        tokens.incrementAndGet();
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        try (exchange) {
            try {
                handleKnown(exchange);
            } catch (NoSuchTableException e) {
                error(exchange, 404, "NoSuchTableException");
            } catch (NoSuchNamespaceException e) {
                error(exchange, 404, "NoSuchNamespaceException");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void handleKnown(HttpExchange exchange) throws IOException, InterruptedException {
        URI uri = exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        if (silent) {
            closed.await();
        } else if (uri.getPath().equals("/v1/oauth/tokens")) {
            token(exchange, body);
        } else if (failing != 0) {
            error(exchange, failing, "Exception");
        } else if (guarded && !("Bearer t" + tokens.get()).equals(header(exchange, "Authorization"))) {
            error(exchange, 401, "NotAuthorizedException");
        } else {
            answer(exchange, uri.getRawPath().replaceFirst("^/v1/", "").split("/"), uri);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        return String.valueOf(exchange.getRequestHeaders().getFirst(name));
    }

    private void token(HttpExchange exchange, String body) throws IOException {
        String form = URLDecoder.decode(body, StandardCharsets.UTF_8);
        if (form.contains("client_id=client") && form.contains("client_secret=s3cret")) {
            json(exchange, 200, Map.of("access_token", "t" + tokens.get(), "token_type", "bearer", "expires_in", 3600));
        } else {
            json(exchange, 401, Map.of("error", "invalid_client"));
        }
    }

    private static void error(HttpExchange exchange, int code, String type) throws IOException {
        json(exchange, code, Map.of("error", Map.of("message", "s3cret detail", "type", type, "code", code)));
    }

    private void answer(HttpExchange exchange, String[] path, URI uri) throws IOException {
        if (path[0].equals("config")) {
            json(exchange, 200, Map.of("defaults", Map.of(), "overrides", Map.of()));
        } else if (path.length == 1) {
            String query = String.valueOf(uri.getRawQuery());
            Namespace parent = query.contains("parent=")
                    ? RESTUtil.namespaceFromQueryParam(decoded(query.replaceAll(".*parent=([^&]*).*", "$1")))
                    : Namespace.empty();
            List<List<String>> names = warehouse.catalog.listNamespaces(parent).stream()
                    .map(namespace -> List.of(namespace.levels()))
                    .toList();
            json(exchange, 200, Map.of("namespaces", names));
        } else if (path.length == 3) {
            List<Map<String, Object>> names = warehouse.catalog.listTables(namespace(path[1])).stream()
                    .map(table -> Map.<String, Object>of(
                            "namespace", List.of(table.namespace().levels()), "name", table.name()))
                    .toList();
            json(exchange, 200, Map.of("identifiers", names));
        } else {
            table(exchange, TableIdentifier.of(namespace(path[1]), decoded(path[3])));
        }
    }

    private static Namespace namespace(String encoded) {
        return RESTUtil.decodeNamespace(encoded, "%1F");
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private void table(HttpExchange exchange, TableIdentifier id) throws IOException {
        Table table = warehouse.catalog.loadTable(id);
        if (!(table instanceof BaseTable)) {
            throw new NoSuchTableException("%s", id);
        }
        TableMetadata metadata = LocalWarehouse.metadata(table);
        String etag = '"' + Locations.name(metadata.metadataFileLocation()) + '"';
        if (etag.equals(header(exchange, "If-None-Match"))) {
            exchange.sendResponseHeaders(304, -1);
            return;
        }
        exchange.getResponseHeaders().add("ETag", etag);
        Map<String, Object> answer = new HashMap<>();
        answer.put("metadata-location", metadata.metadataFileLocation());
        answer.put("metadata", new ObjectMapper().readTree(TableMetadataParser.toJson(metadata)));
        answer.put("config", tableConfig);
        answer.put("storage-credentials", storageCredentials);
        json(exchange, 200, answer);
    }

    private static void json(HttpExchange exchange, int code, Object value) throws IOException {
        byte[] body = new ObjectMapper().writeValueAsBytes(value);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
