package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Caller;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.Targets.Target;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.flight.metadata.SqlMetadata;
import dev.bowyer.flight.session.SessionInterceptor;
import dev.bowyer.flight.session.SessionOptions;
import dev.bowyer.flight.ticket.Ticket;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.BatchWriter;
import dev.bowyer.flight.wire.Frame;
import dev.bowyer.flight.wire.RootStream;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.Origin;
import dev.bowyer.query.Query;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// DoGet: from a ticket to a running stream, which a [BatchWriter] pumps to its end. gRPC calls in on the
/// event loop; opening the stream, which may have to plan, moves to the RPC threads.
final class DoGetHandler implements ServerCallHandler<Flight.Ticket, Frame> {
    /// Bytes that may wait in the connection for a slow reader. Together with what the engine prepares ahead
    /// (about three messages), this is what a stalled client costs.
    static final int ON_READY_THRESHOLD = 4 * 1024 * 1024;

    private final QueryService queries;
    private final TicketCodec tickets;
    private final Targets targets;
    private final SqlMetadata metadata;
    private final FlightThreads threads;
    private final OpenStreams streams;

    DoGetHandler(
            QueryService queries,
            TicketCodec tickets,
            Targets targets,
            SqlMetadata metadata,
            FlightThreads threads,
            OpenStreams streams) {
        this.queries = queries;
        this.tickets = tickets;
        this.targets = targets;
        this.metadata = metadata;
        this.threads = threads;
        this.streams = streams;
    }

    @Override
    public ServerCall.Listener<Flight.Ticket> startCall(ServerCall<Flight.Ticket, Frame> call, Metadata headers) {
        call.setOnReadyThreshold(ON_READY_THRESHOLD);
        // One more than a call may have: a second one is refused rather than left lying in the connection.
        call.request(2);
        return new Call(call);
    }

    private final class Call extends ServerCall.Listener<Flight.Ticket> {
        private final BatchWriter writer;
        private final Caller caller = AuthInterceptor.caller();
        private final SessionOptions options = SessionInterceptor.current();
        private final Origin origin = TraceHeaders.origin();
        private final AtomicReference<@Nullable String> queryId = new AtomicReference<>();
        private volatile @Nullable Query query;
        private Flight.@Nullable Ticket ticket;

        Call(ServerCall<Flight.Ticket, Frame> call) {
            this.writer = new BatchWriter(call, threads.pump(), failure -> StatusMapping.of(failure, queryId.get()));
            streams.add(writer, this::end);
        }

        @Override
        public void onMessage(Flight.Ticket message) {
            if (ticket != null) {
                writer.fail(new ServiceException(ErrorCode.INVALID_ARGUMENT, "DoGet takes one ticket, not several"));
            }
            ticket = message;
        }

        @Override
        public void onHalfClose() {
            Flight.Ticket asked = ticket;
            if (asked == null) {
                writer.fail(new ServiceException(ErrorCode.INVALID_TICKET, "DoGet without a ticket"));
                return;
            }
            try {
                threads.rpc().execute(() -> open(asked));
            } catch (RejectedExecutionException _) {
                writer.fail(new ServiceException(ErrorCode.UNAVAILABLE, "the server is stopping"));
            }
        }

        @Override
        public void onReady() {
            writer.callReady();
        }

        @Override
        public void onComplete() {
            streams.remove(writer);
        }

        @Override
        public void onCancel() {
            streams.remove(writer);
            writer.cancel();
            Query waiting = query;
            if (waiting != null) {
                waiting.cancel();
            }
        }

        /// Whether its reader reads or not.
        private void end(ServiceException reason) {
            Query open = query;
            if (open != null) {
                open.stop(reason);
            }
            writer.abort(reason);
        }

        private void open(Flight.Ticket asked) {
            if (writer.isOver()) {
                return;
            }
            try {
                switch (tickets.open(asked, caller)) {
                    case Ticket.Issued(Announcement announced) -> {
                        queryId.set(announced.id());
                        start(queries.start(announced.from(origin), writer::streamReady));
                    }
                    case Ticket.Bare(ByteString bytes) -> openBare(bytes);
                }
            } catch (Throwable e) {
                writer.fail(e);
            }
        }

        private void openBare(ByteString bytes) {
            switch (targets.ofBareTicket(bytes, caller, options)) {
                case Target.Rows(QueryRequest request, int _) ->
                    start(queries.start(request.from(origin), writer::streamReady));
                case Target.Metadata(SqlCommand.Metadata command) -> {
                    RootStream<?> answer = metadata.answer(command);
                    writer.start(answer.schema(), answer);
                }
                case Target.Polled _ ->
                    throw new ServiceException(
                            ErrorCode.INVALID_TICKET,
                            "the ticket is the descriptor of a poll",
                            "poll until it has one");
            }
        }

        /// Sends nothing until the query's turn has come, so that a call which is refused has no answer before it, and
        /// clients may send it again by themselves. No thread waits.
        private void start(Query started) {
            queryId.set(started.id());
            query = started;
            if (writer.isOver()) {
                started.cancel();
            }
            CompletableFuture<Void> turn = started.turn();
            if (turn.isDone()) {
                send(started);
            } else {
                var _ = turn.whenComplete((_, _) -> sendElsewhere(started));
            }
        }

        private void sendElsewhere(Query started) {
            try {
                threads.pump().execute(() -> send(started));
            } catch (RejectedExecutionException _) {
                started.close();
            }
        }

        private void send(Query started) {
            if (started.turn().isCompletedExceptionally()) {
                try (started) {
                    started.next();
                } catch (RuntimeException e) {
                    writer.fail(e);
                }
                return;
            }
            Schema schema;
            try {
                schema = ColumnMetadata.describe(started.schema());
            } catch (RuntimeException e) {
                // Or its slot would be lost.
                try (started) {
                    writer.fail(e);
                }
                return;
            }
            writer.start(
                    schema,
                    started,
                    TraceHeaders.of(started.identity()),
                    nanos -> started.stalled(Duration.ofNanos(nanos)));
        }
    }
}
