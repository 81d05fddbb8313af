package dev.bowyer.http;

import dev.bowyer.cache.ResultCache;
import dev.bowyer.cache.ResultCacheStats;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.EngineThreads;
import dev.bowyer.http.exchange.Problems;
import dev.bowyer.http.sql.SqlResource;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.javalin.util.JavalinException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP port of a server. Requests run on virtual threads.
public final class HttpEndpoint implements AutoCloseable {
    /// How long a request may take to answer that its query has ended.
    private static final Duration END_BOUND = Duration.ofSeconds(1);

    /// Their answers are made as they are read.
    private static final Set<String> REFUSE_HEAD = Set.of(SqlResource.PATH, QueriesResource.EVENTS);

    private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);

    private final Javalin javalin;
    private final RunningRequests requests;
    private final Threads threads;
    private final ResultCache cache;
    private final List<Endpoint> routes;

    private HttpEndpoint(
            Javalin javalin, RunningRequests requests, List<Endpoint> routes, Threads threads, ResultCache cache) {
        this.javalin = javalin;
        this.requests = requests;
        this.routes = routes;
        this.threads = threads;
        this.cache = cache;
    }

    /// Two kinds, so that statements are planned while a slow store is looked at.
    private record Threads(EngineThreads plan, EngineThreads datasets) implements AutoCloseable {
        @Override
        public void close() {
            plan.close();
            datasets.close();
        }
    }

    /// Binds and serves.
    ///
    /// @throws ServiceException UNAVAILABLE if the address cannot be bound
    public static HttpEndpoint start(HttpSettings settings, HttpServices services) {
        RunningRequests requests = new RunningRequests();
        Threads threads = new Threads(new EngineThreads("plan"), new EngineThreads("datasets"));
        ResultCache cache = new ResultCache(settings.cacheBytes());
        Javalin javalin = Javalin.create(config -> {
            requests.count(config);
            configure(config, settings);
            routes(config.routes, settings, services, threads, cache);
        });
        List<Endpoint> endpoints = registered(javalin);
        answerHead(javalin, endpoints);
        try {
            javalin.start();
        } catch (JavalinException e) {
            javalin.stop();
            threads.close();
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE,
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": " + e.getMessage(),
                    "choose another port for HTTP, or 0 for any that is free",
                    e);
        }
        LOG.info("HTTP endpoint on {}:{}", settings.host(), javalin.port());
        return new HttpEndpoint(javalin, requests, endpoints, threads, cache);
    }

    private static List<Endpoint> registered(Javalin javalin) {
        return javalin.unsafe.internalRouter.allHttpHandlers().stream()
                .map(parsed -> parsed.endpoint)
                .toList();
    }

    /// HEAD is GET without the body (RFC 9110, section 9.3.2). The library would say 200 to it wherever there is a GET,
    /// of a server that is not ready too.
    private static void answerHead(Javalin javalin, List<Endpoint> endpoints) {
        endpoints.stream()
                .filter(endpoint -> HandlerType.GET.equals(endpoint.method) && !REFUSE_HEAD.contains(endpoint.path))
                .forEach(get -> javalin.unsafe.internalRouter.addHttpEndpoint(
                        new Endpoint(HandlerType.HEAD, get.path, get.handler)));
    }

    /// The port it listens on, also when 0 was asked for.
    public int port() {
        return javalin.port();
    }

    /// How many clients are connected.
    public int connections() {
        return Arrays.stream(javalin.jettyServer().server().getConnectors())
                .mapToInt(connector -> connector.getConnectedEndPoints().size())
                .sum();
    }

    /// Waits until no request runs but health checks, for `grace` and a moment for those whose queries then end. New
    /// ones are answered until [#close], so that health checks see the end coming; queries are refused elsewhere.
    public void drain(Duration grace) {
        requests.awaitNone(grace.plus(END_BOUND));
    }

    /// Of the answers that are kept.
    public ResultCacheStats cacheStats() {
        return cache.stats();
    }

    /// All routes there are, and what is asked before them.
    List<Endpoint> routes() {
        return routes;
    }

    /// Stops at once: requests that are being answered are broken off.
    @Override
    public void close() {
        javalin.stop();
        threads.close();
    }

    private static void configure(JavalinConfig config, HttpSettings settings) {
        config.startup.showJavalinBanner = false;
        config.startup.startupWatcherEnabled = false;
        config.http.maxRequestSize = settings.maxBody();
        config.http.prefer405over404 = true;
        JettySetup.apply(config, settings);
    }

    /// One line a noun: each adds its own routes. Those that are asked before all others come first.
    private static void routes(
            RoutesConfig routes, HttpSettings settings, HttpServices services, Threads threads, ResultCache cache) {
        Problems.routes(routes);
        new Cors(settings.corsOrigins()).routes(routes);
        new ForeignPages(settings, services).routes(routes);
        new HttpAuth(services.authenticator(), InstantSource.system()).routes(routes);
        new HealthResource(services.readiness()).routes(routes);
        new SqlResource(services.queries(), threads.plan(), cache, settings.maxBody(), settings.cacheEntryBytes())
                .routes(routes);
        new DatasetsResource(services, threads.datasets(), settings.maxBody()).routes(routes);
        new QueriesResource(services).routes(routes);
        new ExplainResource(services, threads.plan(), settings.maxBody()).routes(routes);
        new ConnectResource(services).routes(routes);
        new OpenApiResource(services.serverVersion()).routes(routes);
        routes.get(
                "/metrics",
                context -> context.contentType("text/plain; version=0.0.4; charset=utf-8")
                        .result(services.metrics().prometheusText()));
    }
}
