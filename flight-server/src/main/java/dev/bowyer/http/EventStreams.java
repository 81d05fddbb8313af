package dev.bowyer.http;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.RecentQueries;
import dev.bowyer.query.RecentQueries.Report;
import dev.bowyer.query.RunningQueries;
import io.javalin.http.Context;
import io.javalin.http.sse.SseClient;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Progress of queries as server-sent events, on the virtual thread of each request: `progress` whenever
/// something has changed, `end` with the outcome, and a comment when nothing happens for a while, so that a
/// client that left is noticed. A stream is as long as its query.
final class EventStreams {
    /// Streams at a time.
    static final int MAX_STREAMS = 100;
    /// Shortest time between two looks at the progress.
    static final Duration INTERVAL = Duration.ofMillis(500);
    /// Longest time without a byte.
    static final Duration KEEP_ALIVE = Duration.ofSeconds(5);

    private final RecentQueries recent;
    private final RunningQueries running;
    private final Semaphore room = new Semaphore(MAX_STREAMS);

    EventStreams(RecentQueries recent, RunningQueries running) {
        this.recent = recent;
        this.running = running;
    }

    /// Returns when the query has ended or the client has left.
    ///
    /// @throws ServiceException LIMIT_REACHED over [#MAX_STREAMS]
    void stream(Context context, Report first) {
        if (!room.tryAcquire()) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "event-streams: " + MAX_STREAMS + " are open",
                    "ask for the query itself now and then, or close some");
        }
        try {
            open(context.res());
            SseClient client = new SseClient(context);
            send(client, first);
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            room.release();
        }
    }

    private static void open(HttpServletResponse response) throws IOException {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
        response.setHeader("Cache-Control", "no-store");
        // Proxies of the nginx kind would wait for more.
        response.setHeader("X-Accel-Buffering", "no");
        response.flushBuffer();
    }

    private void send(SseClient client, Report first) {
        String id = first.query().id();
        CompletableFuture<Report> end = recent.end(id).orElseGet(() -> CompletableFuture.completedFuture(first));
        Report told = first;
        long toldAt = System.nanoTime();
        if (!end.isDone()) {
            client.sendEvent("progress", QueriesResource.json(first).toString());
        }
        while (!client.terminated()) {
            try {
                Report last = end.get(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
                client.sendEvent("end", QueriesResource.json(last).toString());
                return;
            } catch (TimeoutException _) {
                Report now = recent.find(id, running).orElse(told);
                boolean isSilent = System.nanoTime() - toldAt >= KEEP_ALIVE.toNanos();
                if (hasMoved(told, now)) {
                    client.sendEvent("progress", QueriesResource.json(now).toString());
                } else if (isSilent) {
                    client.sendComment("nothing new");
                } else {
                    continue;
                }
                told = now;
                toldAt = System.nanoTime();
            } catch (InterruptedException _) {
                // The server is stopping.
                Thread.currentThread().interrupt();
                return;
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static boolean hasMoved(Report before, Report now) {
        return before.phase() != now.phase()
                || before.rows() != now.rows()
                || before.bytes() != now.bytes()
                || before.progress() != now.progress();
    }
}
