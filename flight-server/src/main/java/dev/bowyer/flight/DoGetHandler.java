package dev.bowyer.flight;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.metadata.SqlMetadata;
import dev.bowyer.flight.ticket.Ticket;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.BatchWriter;
import dev.bowyer.flight.wire.Frame;
import dev.bowyer.flight.wire.RootStream;
import dev.bowyer.query.Query;
import dev.bowyer.query.QueryService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
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
    private final SqlMetadata metadata;
    private final FlightThreads threads;

    DoGetHandler(QueryService queries, SqlMetadata metadata, FlightThreads threads) {
        this.queries = queries;
        this.metadata = metadata;
        this.threads = threads;
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
        private final AtomicReference<@Nullable String> queryId = new AtomicReference<>();
        private Flight.@Nullable Ticket ticket;

        Call(ServerCall<Flight.Ticket, Frame> call) {
            this.writer = new BatchWriter(call, threads.pump(), failure -> StatusMapping.of(failure, queryId.get()));
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
        public void onCancel() {
            writer.cancel();
        }

        private void open(Flight.Ticket asked) {
            if (writer.isOver()) {
                return;
            }
            try {
                switch (TicketCodec.decode(asked)) {
                    case Ticket.Metadata(SqlCommand.Metadata command) -> {
                        RootStream<?> answer = metadata.answer(command);
                        start(answer.schema(), answer);
                    }
                    case Ticket.Rows(String announcedId, var request) -> {
                        queryId.set(announcedId);
                        Query query = queries.run(announcedId, request, writer::streamReady);
                        queryId.set(query.id());
                        start(query.schema(), query);
                    }
                }
            } catch (Throwable e) {
                writer.fail(e);
            }
        }

        private void start(Schema schema, BatchStream stream) {
            writer.start(schema, stream);
        }
    }
}
