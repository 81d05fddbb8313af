package dev.bowyer.http;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.Problems;
import dev.bowyer.http.exchange.QueryString;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// How the HTTP server itself is set up: its threads, bounds and answers to what is no HTTP.
final class JettySetup {
    /// Of the request line and all headers, in bytes. A longer address is 414, longer headers are 431.
    static final int MAX_HEADERS = 16 * 1024;
    /// Open connections; more wait to be accepted.
    static final int MAX_CONNECTIONS = 4_096;

    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final int MAX_THREADS = ACCEPTORS + SELECTORS + 16;
    private static final int OUTPUT_BUFFER = 32 * 1024;

    private JettySetup() {}

    static void apply(JavalinConfig config, HttpSettings settings) {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS);
        threads.setName("bowyer-http");
        // What may wait for a client or the engine runs here, one for each request.
        threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("bowyer-http-request-"));
        config.jetty.threadPool = threads;
        // Answers compress themselves, as each knows whether that is worth while.
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.http.generateEtags = false;
        config.jetty.modifyHttpConfiguration(JettySetup::limit);
        config.jetty.addConnector((server, http) -> connector(server, http, settings));
        config.jetty.modifyServer(server -> {
            server.setErrorHandler(new ProblemErrors());
            server.insertHandler(new GracefulHandler());
        });
    }

    private static void limit(HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADERS);
        http.setResponseHeaderSize(MAX_HEADERS);
        http.setOutputBufferSize(OUTPUT_BUFFER);
        // Refuses paths that two readers may take for different ones: encoded slashes and dots, empty segments.
        http.setUriCompliance(UriCompliance.DEFAULT);
    }

    private static Connector connector(Server server, HttpConfiguration http, HttpSettings settings) {
        ServerConnector connector = new ServerConnector(server, ACCEPTORS, SELECTORS, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(Math.max(1, settings.stallTimeout().toMillis()));
        connector.setShutdownIdleTimeout(Duration.ofSeconds(1).toMillis());
        connector.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        return connector;
    }

    /// What Jetty refuses before a route sees it, as problem JSON.
    private static final class ProblemErrors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = response.getStatus();
            ErrorCode code = switch (status) {
                case 413, 414, 431 -> ErrorCode.LIMIT_REACHED;
                case 503 -> ErrorCode.UNAVAILABLE;
                default -> status < 500 ? ErrorCode.INVALID_ARGUMENT : ErrorCode.INTERNAL;
            };
            String message = switch (status) {
                case 414, 431 -> "headers: the address and the headers are over " + MAX_HEADERS + " bytes";
                case 503 -> "the server is stopping";
                default ->
                    status < 500
                            ? "the request is not valid HTTP" + reason(request)
                            : "the request failed unexpectedly; the server logged why";
            };
            byte[] body = Problems.json(status, new ServiceException(code, message))
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problems.CONTENT_TYPE);
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
            response.write(true, ByteBuffer.wrap(body), callback);
            return true;
        }

        /// The path as it was sent, still encoded, and what is wrong with it.
        private static String reason(Request request) {
            String path = request.getHttpURI().getPath();
            String at = path == null ? "" : ": path \"" + QueryString.shown(path) + "\"";
            return request.getAttribute(ERROR_EXCEPTION) instanceof HttpException wrong && wrong.getReason() != null
                    ? at + ": " + QueryString.shown(wrong.getReason())
                    : at;
        }
    }
}
