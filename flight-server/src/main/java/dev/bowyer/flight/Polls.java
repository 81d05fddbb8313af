package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Caller;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.Targets.Target;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.PlannedQuery;
import dev.bowyer.query.QueryService;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// PollFlightInfo: starts the query, and tells how far it is until its first rows are there. Only then has the info
/// an endpoint, so DoGet never stands idle for as long as a large aggregate or sort computes; nothing but the first
/// message is kept for it.
final class Polls {
    /// How long the first poll waits for rows, so that a short query is one call.
    static final Duration FIRST_WAIT = Duration.ofMillis(200);
    /// How long later polls wait: long enough not to be many, short enough to show progress.
    static final Duration NEXT_WAIT = Duration.ofSeconds(1);

    private final QueryService queries;
    private final FlightInfos infos;
    private final TicketCodec tickets;

    Polls(QueryService queries, FlightInfos infos, TicketCodec tickets) {
        this.queries = queries;
        this.infos = infos;
        this.tickets = tickets;
    }

    /// @param begun gets the id of a query that this poll is the first of
    /// @return completes on any thread; fails with the failure of the query
    CompletableFuture<Flight.PollInfo> poll(
            Flight.FlightDescriptor descriptor, Target target, AtomicReference<@Nullable String> begun) {
        return switch (target) {
            case Target.Metadata(var command) ->
                CompletableFuture.completedFuture(Flight.PollInfo.newBuilder()
                        .setInfo(infos.of(descriptor, command))
                        .setProgress(1.0)
                        .build());
            // One endpoint: the rows of several would wait for each other.
            case Target.Rows(var request, int _) -> {
                PlannedQuery announced = queries.announce(request, 1);
                begun.set(announced.id());
                yield answer(descriptor, announced.part(0), FIRST_WAIT);
            }
            case Target.Polled(TicketCodec.Poll(Announcement announced, Flight.FlightDescriptor first)) ->
                answer(first, announced, NEXT_WAIT);
        };
    }

    /// Ends a query whose client never heard of it.
    ///
    /// @param begun null: there is none
    void abandon(@Nullable String begun, Caller caller) {
        if (begun != null) {
            try {
                queries.cancel(caller, begun);
            } catch (ServiceException _) {
                // It has ended, or was ended already.
            }
        }
    }

    private CompletableFuture<Flight.PollInfo> answer(
            Flight.FlightDescriptor descriptor, Announcement announced, Duration wait) {
        return queries.poll(announced, wait).thenApply(progress -> {
            Schema schema = ColumnMetadata.describe(progress.schema());
            Flight.PollInfo.Builder info = Flight.PollInfo.newBuilder()
                    .setInfo(infos.of(descriptor, announced, schema, progress.isReady()))
                    .setExpirationTime(FlightInfos.timestamp(Instant.now().plus(validity())));
            if (progress.isReady()) {
                return info.setProgress(1.0).build();
            }
            if (progress.share() >= 0) {
                info.setProgress(progress.share());
            }
            ByteString handle = tickets.issuePoll(announced, descriptor);
            return info.setFlightDescriptor(Flight.FlightDescriptor.newBuilder()
                            .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                            .setCmd(handle))
                    .build();
        });
    }

    /// Of a poll's answer: neither the handle nor the query that waits lives longer.
    private Duration validity() {
        Duration ofHandle = tickets.expiry();
        return ofHandle.compareTo(QueryService.POLL_IDLE) < 0 ? ofHandle : QueryService.POLL_IDLE;
    }
}
