package dev.bowyer.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.http.connect.ConnectSnippets;
import dev.bowyer.http.connect.Server;
import dev.bowyer.http.exchange.QueryString;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `/v1/connect`: what to paste in order to reach this server, with the address by which the caller reached
/// it.
final class ConnectResource {
    /// What may be put into programs and commands: a name, or an address, and a port.
    private static final Pattern HOST =
            Pattern.compile("(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]{2,45}])"
                    + "(?::(?<port>[0-9]{1,5}))?");

    private final Catalog catalog;
    private final FlightAddress flight;
    private final boolean needsLogin;

    ConnectResource(HttpServices services) {
        this.catalog = services.catalog();
        this.flight = services.flight();
        this.needsLogin = services.authenticator().required();
    }

    void routes(RoutesConfig routes) {
        routes.get("/v1/connect", context -> {
            QueryString.of(context, Set.of());
            Server server = server(context);
            ObjectNode json = JsonNodeFactory.instance
                    .objectNode()
                    .put("flight", server.flight().toString())
                    .put("http", String.valueOf(server.http()))
                    .put("login", needsLogin ? "password" : "none");
            ArrayNode clients = json.putArray("clients");
            var names = catalog.current().datasets().stream().map(Dataset::name).toList();
            ConnectSnippets.of(server, names)
                    .all()
                    .forEach(snippet -> clients.addObject()
                            .put("client", snippet.client())
                            .put("title", snippet.title())
                            .put("language", snippet.language())
                            .put("text", snippet.text()));
            context.header("Cache-Control", "no-store")
                    .contentType("application/json")
                    .result(json.toString());
        });
    }

    private Server server(Context context) {
        String host = host(context.header("Host"));
        if (host == null) {
            String local = context.req().getLocalAddr();
            host = (local.indexOf(':') >= 0 && !local.startsWith("[") ? "[" + local + "]" : local) + ":"
                    + context.req().getLocalPort();
        }
        URI advertised = flight.advertised();
        String name = host.replaceFirst(":[0-9]+$", "");
        URI grpc = advertised == null ? URI.create("grpc://" + name + ":" + flight.port()) : advertised;
        return new Server(grpc, URI.create("http://" + host), needsLogin);
    }

    private static @Nullable String host(@Nullable String header) {
        if (header == null) {
            return null;
        }
        var host = HOST.matcher(header);
        if (!host.matches()) {
            return null;
        }
        String port = host.group("port");
        return port == null || Integer.parseInt(port) <= 65_535 ? header : null;
    }
}
