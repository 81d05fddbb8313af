package dev.bowyer.http.sql;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.cache.KeptAnswer;
import dev.bowyer.cache.ResultCache;
import dev.bowyer.cache.ResultKey;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.EngineThreads;
import dev.bowyer.http.exchange.HttpRefusal;
import dev.bowyer.http.exchange.QueryPump;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// `POST /v1/sql` and `GET /v1/sql?q=`: the rows of a statement, in the form that the client takes.
///
/// A small answer is made whole before it is sent: it has an entity tag and, where the statement gives the same rows
/// for as long as its data stays the same, is kept until then. A large one is streamed as the client reads.
public final class SqlResource {
    public static final String PATH = "/v1/sql";

    private static final byte[] NO_VALUES = {};

    private final QueryService queries;
    private final EngineThreads threads;
    private final ResultCache cache;
    private final long maxBody;
    private final long wholeBytes;

    /// @param maxBody of a request, in bytes
    /// @param wholeBytes most of an answer that is made whole before it is sent; 0: none is kept
    public SqlResource(QueryService queries, EngineThreads threads, ResultCache cache, long maxBody, long wholeBytes) {
        this.queries = queries;
        this.threads = threads;
        this.cache = cache;
        this.maxBody = maxBody;
        this.wholeBytes = wholeBytes;
    }

    public void routes(RoutesConfig routes) {
        // A reader that asks for a size would take that of an empty body.
        routes.before(PATH, context -> HttpRefusal.refuseHead(context, "GET, POST"));
        routes.get(PATH, context -> answer(context, SqlRequest.ofGet(context)));
        routes.post(PATH, context -> answer(context, SqlRequest.ofPost(context, maxBody)));
    }

    /// A statement with values bound, over the data of this moment.
    private record Bound(QueryRequest request, PlannedQuery planned) {}

    private void answer(Context context, SqlRequest asked) {
        Bound bound = threads.call(() -> bound(asked));
        if (!bound.planned().isRepeatable() || wholeBytes == 0) {
            run(context, asked, bound, null);
            return;
        }
        switch (cache.find(key(asked, bound))) {
            case ResultCache.Hit(KeptAnswer answer) -> WholeAnswer.send(context, asked, answer);
            case ResultCache.TooLarge _ -> run(context, asked, bound, null);
            case ResultCache.Miss(ResultCache.Turn turn) -> {
                try {
                    run(context, asked, bound, turn);
                } catch (RuntimeException | Error e) {
                    cache.giveUp(turn, e);
                    throw e;
                } finally {
                    cache.giveUp(turn, new ServiceException(ErrorCode.CANCELLED, "the answer was not made"));
                }
            }
        }
    }

    private static ResultKey key(SqlRequest asked, Bound bound) {
        QueryRequest request = bound.request();
        return new ResultKey(
                request.caller().name(),
                request.sql(),
                request.options(),
                ByteBuffer.wrap(request.parameters()).asReadOnlyBuffer(),
                request.delivery().format(),
                request.delivery().limit(),
                request.delivery().timeout(),
                asked.isGzip() ? "gzip" : "identity",
                bound.planned().dataVersion());
    }

    private Bound bound(SqlRequest asked) {
        PlannedQuery planned = queries.describe(asked.query());
        JsonNode values = asked.parameters();
        if (values == null && planned.parameters().getFields().isEmpty()) {
            return new Bound(asked.query(), planned);
        }
        if (values != null) {
            ParameterValues.requireNames(values, planned.parameters());
        }
        byte[] row = values == null ? NO_VALUES : ParameterValues.ipcStream(values);
        return new Bound(queries.bind(asked.query(), row), planned);
    }

    /// @param turn to make the answer for others too; null: for this request alone
    private void run(Context context, SqlRequest asked, Bound bound, ResultCache.@Nullable Turn turn) {
        KeptAnswer whole;
        try (QueryPump pump = QueryPump.start(ready -> threads.call(() -> queries.start(bound.request(), ready)))) {
            // Files may have been replaced since the key was made.
            boolean isAsKeyed = pump.dataVersion().equals(bound.planned().dataVersion());
            if (turn != null && !isAsKeyed) {
                cache.giveUp(turn, new ServiceException(ErrorCode.CANCELLED, "the data has changed"));
            }
            ResultCache.Turn keeping = isAsKeyed ? turn : null;
            RowsAnswer answer = new RowsAnswer(context, asked, pump, wholeBytes);
            whole = answer.send(kept -> {
                if (keeping != null) {
                    cache.keep(keeping, kept);
                }
            });
        }
        if (whole != null) {
            WholeAnswer.send(context, asked, whole);
        }
    }
}
