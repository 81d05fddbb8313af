package dev.bowyer.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetJson;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableStatistics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.EngineThreads;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.QueryString;
import dev.bowyer.http.exchange.RequestBody;
import dev.bowyer.http.exchange.RequestCaller;
import dev.bowyer.registration.DatasetRegistrations;
import dev.bowyer.registration.Registration;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `/v1/datasets`: what there is, and what callers register and drop.
final class DatasetsResource {
    static final int DEFAULT_PAGE = 1_000;
    /// Most datasets of one answer.
    static final int MAX_PAGE = 10_000;
    /// Tables whose statistics are kept; they are made of many footers.
    private static final int MAX_STATISTICS = 256;

    private static final String LIST = "/v1/datasets";
    private static final String ONE = "/v1/datasets/{name}";

    private final Catalog catalog;
    private final DatasetRegistrations registrations;
    private final EngineThreads threads;
    private final long maxBody;
    private final Cache<Table, TableStatistics> statistics =
            Caffeine.newBuilder().weakKeys().maximumSize(MAX_STATISTICS).build();

    DatasetsResource(HttpServices services, EngineThreads threads, long maxBody) {
        this.catalog = services.catalog();
        this.registrations = services.registrations();
        this.threads = threads;
        this.maxBody = maxBody;
    }

    void routes(RoutesConfig routes) {
        routes.get(LIST, this::list);
        routes.get(ONE, this::describe);
        routes.put(ONE, this::register);
        routes.delete(ONE, this::drop);
        routes.post(ONE + "/refresh", this::refresh);
    }

    private void list(Context context) {
        QueryString query = QueryString.of(context, Set.of("limit", "after"));
        int limit = query.number("limit", DEFAULT_PAGE, MAX_PAGE);
        String after = query.text("after");
        DatasetName last = after == null ? null : name("after", after);
        ObjectNode json = threads.call(() -> page(catalog.listed(), last, limit));
        answer(context, HttpStatus.OK, json);
    }

    private ObjectNode page(CatalogSnapshot snapshot, @Nullable DatasetName after, int limit) {
        NavigableSet<DatasetName> names = snapshot.names();
        Iterator<DatasetName> rest = (after == null ? names : names.tailSet(after, false)).iterator();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode datasets = json.putArray("datasets");
        DatasetName last = null;
        while (rest.hasNext() && datasets.size() < limit) {
            DatasetName name = rest.next();
            last = name;
            datasets.add(snapshot.find(name)
                    .map(dataset -> dated(DatasetJson.summary(dataset), name))
                    .orElseGet(() -> DatasetJson.named(name)));
        }
        if (rest.hasNext() && last != null) {
            json.put("next", whole(last));
        }
        return json;
    }

    private void describe(Context context) {
        QueryString query = QueryString.of(context, Set.of("statistics"));
        boolean withStatistics = query.bool("statistics", true);
        DatasetName name = name(context);
        answer(context, HttpStatus.OK, threads.call(() -> {
            Dataset dataset = catalog.current().find(name).orElseGet(() -> catalog.require(name));
            ObjectNode json = described(dataset);
            if (withStatistics) {
                addStatistics(json, statistics.get(dataset.table(), Table::statistics));
            }
            return json;
        }));
    }

    private ObjectNode described(Dataset dataset) {
        return dated(DatasetJson.described(dataset), dataset.name());
    }

    private ObjectNode dated(ObjectNode json, DatasetName name) {
        catalog.freshness(name).ifPresent(freshness -> {
            json.put("last_refresh", freshness.succeeded().toString());
            ServiceException failure = freshness.failure();
            if (failure != null) {
                json.put("refresh_error", failure.describe());
            }
        });
        return json.put("registered", registrations.isRegistered(name));
    }

    private static void addStatistics(ObjectNode json, TableStatistics known) {
        known.rows().ifPresent(rows -> json.put("rows", rows));
        for (TableStatistics.ColumnStatistics column : known.columns()) {
            for (var described : json.path("columns")) {
                if (described instanceof ObjectNode target
                        && target.path("name").textValue().equals(column.column())) {
                    if (column.nulls() != null) {
                        target.put("nulls", column.nulls());
                    }
                    if (column.min() != null) {
                        target.put("min", column.min());
                    }
                    if (column.max() != null) {
                        target.put("max", column.max());
                    }
                    break;
                }
            }
        }
    }

    private void register(Context context) {
        QueryString.of(context, Set.of());
        DatasetName name = name(context);
        requireJson(context);
        byte[] body = RequestBody.text(context, maxBody).getBytes(StandardCharsets.UTF_8);
        Registration wanted = Registration.parse(name, body);
        DatasetRegistrations.Registered done =
                threads.call(() -> registrations.register(RequestCaller.of(context), wanted));
        if (done.isNew()) {
            String path = URLEncoder.encode(whole(name), StandardCharsets.UTF_8).replace("+", "%20");
            context.header("Location", LIST + "/" + path);
        }
        answer(context, done.isNew() ? HttpStatus.CREATED : HttpStatus.OK, described(done.dataset()));
    }

    private void drop(Context context) {
        QueryString.of(context, Set.of());
        DatasetName name = name(context);
        threads.call(() -> {
            registrations.drop(RequestCaller.of(context), name);
            return true;
        });
        context.status(HttpStatus.NO_CONTENT);
    }

    private void refresh(Context context) {
        QueryString.of(context, Set.of());
        DatasetName name = name(context);
        answer(context, HttpStatus.OK, described(threads.call(() -> registrations.refresh(name))));
    }

    private static void requireJson(Context context) {
        String type = context.contentType();
        if (!"application/json".equals(RequestBody.mediaType(type))) {
            throw HttpRefusal.of(
                    415,
                    ErrorCode.INVALID_ARGUMENT,
                    "Content-Type: " + (type == null ? "none" : QueryString.shown(type))
                            + " (expected: application/json)",
                    "send the keys of a dataset as a JSON object");
        }
    }

    private static DatasetName name(Context context) {
        return name("dataset", context.pathParam("name"));
    }

    /// `table` or `namespace.table`. Names with slashes cannot be told from paths by what stands between a
    /// client and this server.
    private static DatasetName name(String what, String text) {
        boolean isOdd = text.chars().anyMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
        if (isOdd || text.isBlank() || text.length() > 2 * DatasetName.MAX_LENGTH + 1) {
            throw QueryString.invalid(what, text, "a name such as trips or sales.orders, without slashes");
        }
        return DatasetName.parse(text);
    }

    /// With its namespace, so that a dot in the table's name is no question.
    private static String whole(DatasetName name) {
        return name.namespace() + "." + name.table();
    }

    private static void answer(Context context, HttpStatus status, ObjectNode json) {
        context.status(status)
                .header("Cache-Control", "no-store")
                .contentType("application/json")
                .result(json.toString());
    }
}
