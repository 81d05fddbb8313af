package dev.bowyer.http.sql;

import dev.bowyer.cache.KeptAnswer;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.exchange.ClientConnection;
import dev.bowyer.http.exchange.QueryHeaders;
import dev.bowyer.http.exchange.QueryPump;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The answer to one run: whole if it is small, else streamed. A run that fails before the first byte becomes a
/// problem; one that fails later breaks the body off.
final class RowsAnswer {
    /// A message that is written in less did not wait for its reader.
    private static final long NO_STALL_NANOS = 2_000_000;

    private final Context context;
    private final SqlRequest asked;
    private final QueryPump pump;
    private final RowsBody body;
    private final WholeAnswer whole;

    /// @param wholeBytes most that is held back
    RowsAnswer(Context context, SqlRequest asked, QueryPump pump, long wholeBytes) {
        this.context = context;
        this.asked = asked;
        this.pump = pump;
        this.body = RowsBody.of(asked.format().output());
        this.whole = new WholeAnswer(wholeBytes);
    }

    /// Sends an answer that is too large to be made whole.
    ///
    /// @param made told of the whole answer; of null when it is too large for that
    /// @return the whole answer, to be sent once the run is closed, as its slot must not wait for a slow reader;
    ///     null: all is sent
    /// @throws ServiceException when the run fails before the first byte
    @Nullable
    KeptAnswer send(Consumer<@Nullable KeptAnswer> made) {
        context.header(QueryHeaders.QUERY_ID, pump.queryId());
        context.header(QueryHeaders.TRACE_PARENT, pump.traceParent());
        try (ClientConnection client = ClientConnection.watch(context, pump::cancel)) {
            BatchStream.Message first = gather();
            if (first == null) {
                KeptAnswer answer = whole.finish(asked.isGzip());
                made.accept(answer);
                return answer;
            }
            made.accept(null);
            stream(client, first);
            return null;
        }
    }

    /// Reads on for as long as all fits.
    ///
    /// @return the first message that does not fit, which the caller has to release; null: all of it does
    private BatchStream.@Nullable Message gather() {
        boolean fits = whole.add(body.start(pump.schema()));
        for (BatchStream.Message message = pump.next(); message != null; message = pump.next()) {
            boolean added = false;
            try {
                added = fits && whole.add(body, message);
            } finally {
                if (added) {
                    message.release();
                }
            }
            if (!added) {
                return message;
            }
        }
        whole.add(body.end());
        return null;
    }

    private void stream(ClientConnection client, BatchStream.Message first) {
        boolean isWhole = false;
        long stalledNanos = 0;
        try {
            RowsHeaders.put(context, asked);
            try (BodyWriter writer = new BodyWriter(context.res().getOutputStream(), asked.isGzip())) {
                writer.write(whole.bytes());
                BatchStream.Message message = first;
                while (message != null) {
                    long began = System.nanoTime();
                    try {
                        writer.write(body, message);
                    } finally {
                        message.release();
                    }
                    long took = System.nanoTime() - began;
                    stalledNanos += took < NO_STALL_NANOS ? 0 : took;
                    message = pump.next();
                }
                writer.write(body.end());
                writer.finish();
            }
            isWhole = true;
        } catch (IOException e) {
            throw new ServiceException(ErrorCode.CANCELLED, "the client has gone", null, e);
        } finally {
            if (stalledNanos > 0) {
                pump.stalled(Duration.ofNanos(stalledNanos));
            }
            if (!isWhole) {
                client.breakOff();
            }
        }
    }
}
