package dev.bowyer.flight;

import dev.bowyer.access.Caller;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.Targets.Target;
import dev.bowyer.flight.command.ServerAction;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.flight.session.SessionInterceptor;
import dev.bowyer.flight.session.SessionOptions;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.SchemaBytes;
import dev.bowyer.flight.wire.UploadBudget;
import dev.bowyer.query.QueryService;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Every method of Flight but DoGet and Handshake: parse, call the use case, map the result. Runs on the RPC
/// threads and may block there. The methods are those of the generated gRPC service rather than of
/// `FlightProducer`, which loses what a descriptor of an unknown type held and reads uploads by trusting the
/// sizes they claim.
final class FlightRpc extends FlightServiceGrpc.FlightServiceImplBase {
    private final QueryService queries;
    private final Catalog catalog;
    private final Targets targets;
    private final FlightInfos infos;
    private final Actions actions;
    private final Polls polls;
    private final TicketCodec tickets;
    private final UploadBudget uploads = new UploadBudget();

    FlightRpc(
            QueryService queries,
            Catalog catalog,
            Targets targets,
            FlightInfos infos,
            Actions actions,
            TicketCodec tickets) {
        this.queries = queries;
        this.catalog = catalog;
        this.targets = targets;
        this.infos = infos;
        this.actions = actions;
        this.polls = new Polls(queries, infos, tickets);
        this.tickets = tickets;
    }

    @Override
    public void listFlights(Flight.Criteria request, StreamObserver<Flight.FlightInfo> answer) {
        stream(answer, () -> {
            Predicate<DatasetName> wanted = Listing.filter(request);
            SessionOptions options = SessionInterceptor.current();
            CatalogSnapshot snapshot = catalog.listed();
            return snapshot.names().stream()
                    .filter(wanted)
                    .map(name -> snapshot.find(name)
                            .map(dataset -> infos.listing(dataset, options))
                            .orElseGet(() -> infos.listing(name, options)));
        });
    }

    @Override
    public void getFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.FlightInfo> answer) {
        stream(
                answer,
                () -> Stream.of(
                        switch (target(request)) {
                            case Target.Rows(var wanted, int parts) ->
                                infos.of(request, queries.announce(wanted, FlightInfos.mostParts(wanted, parts)));
                            case Target.Metadata(var command) -> infos.of(request, command);
                            case Target.Polled _ -> throw pollHandle("GetFlightInfo");
                        }));
    }

    @Override
    public void pollFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.PollInfo> answer) {
        ServerCallStreamObserver<Flight.PollInfo> call = (ServerCallStreamObserver<Flight.PollInfo>) answer;
        AtomicReference<@Nullable String> begun = new AtomicReference<>();
        Caller caller = caller();
        // A client that is gone before the first answer can neither poll on nor cancel.
        call.setOnCancelHandler(() -> polls.abandon(begun.get(), caller));
        try {
            var _ = polls.poll(request, target(request), begun).whenComplete((info, failure) -> {
                if (failure == null) {
                    call.onNext(info);
                    call.onCompleted();
                } else {
                    call.onError(StatusMapping.of(failure, null));
                }
            });
            if (call.isCancelled()) {
                polls.abandon(begun.get(), caller);
            }
        } catch (Throwable e) {
            call.onError(StatusMapping.of(e, null));
        }
    }

    @Override
    public void getSchema(Flight.FlightDescriptor request, StreamObserver<Flight.SchemaResult> answer) {
        stream(answer, () -> {
            Schema schema = switch (target(request)) {
                case Target.Rows(var wanted, int _) ->
                    ColumnMetadata.describe(queries.describe(wanted).schema());
                case Target.Metadata(var command) -> infos.schemaOf(command);
                case Target.Polled _ -> throw pollHandle("GetSchema");
            };
            return Stream.of(Flight.SchemaResult.newBuilder()
                    .setSchema(SchemaBytes.of(schema))
                    .build());
        });
    }

    @Override
    public void doAction(Flight.Action request, StreamObserver<Flight.Result> answer) {
        stream(answer, () -> actions.run(ServerAction.parse(request), caller()));
    }

    @Override
    public void listActions(Flight.Empty request, StreamObserver<Flight.ActionType> answer) {
        stream(
                answer,
                () -> ServerAction.Kind.served().stream()
                        .map(kind -> Flight.ActionType.newBuilder()
                                .setType(kind.type())
                                .setDescription(kind.description())
                                .build()));
    }

    @Override
    public StreamObserver<Flight.FlightData> doPut(StreamObserver<Flight.PutResult> answer) {
        Caller caller = caller();
        return new PutCall(answer, new Puts(queries, tickets, caller, SessionInterceptor.current()), uploads);
    }

    /// Refused before its first message: a client may wait for one of the server's first.
    @Override
    public StreamObserver<Flight.FlightData> doExchange(StreamObserver<Flight.FlightData> answer) {
        answer.onError(StatusMapping.of(
                new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "this server does not serve DoExchange",
                        "bind parameters by DoPut and fetch the rows by DoGet"),
                null));
        return new StreamObserver<>() {
            @Override
            public void onNext(Flight.FlightData message) {}

            @Override
            public void onError(Throwable gone) {}

            @Override
            public void onCompleted() {}
        };
    }

    private Target target(Flight.FlightDescriptor descriptor) {
        Target target = targets.of(descriptor, caller(), SessionInterceptor.current());
        return target instanceof Target.Rows(var request, int parts)
                ? new Target.Rows(request.from(TraceHeaders.origin()), parts)
                : target;
    }

    private static Caller caller() {
        return AuthInterceptor.caller();
    }

    private static ServiceException pollHandle(String method) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                method + " was given the descriptor of a poll",
                "send it to PollFlightInfo");
    }

    /// Answers with all that `work` gives, as fast as the client reads. A client that has gone away is no
    /// error.
    private static <T> void stream(StreamObserver<T> answer, Supplier<Stream<T>> work) {
        ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) answer;
        call.setOnCancelHandler(() -> {});
        if (call.isCancelled()) {
            return;
        }
        Iterator<T> rest;
        try {
            rest = work.get().iterator();
        } catch (Throwable e) {
            call.onError(StatusMapping.of(e, null));
            return;
        }
        Drain<T> drain = new Drain<>(call, rest);
        call.setOnReadyHandler(drain::run);
        drain.run();
    }

    /// Sends while the call is ready, and goes on when it is again. gRPC runs the handlers of a call one at a
    /// time.
    private static final class Drain<T> {
        private final ServerCallStreamObserver<T> call;
        private final Iterator<T> rest;
        private boolean ended;

        Drain(ServerCallStreamObserver<T> call, Iterator<T> rest) {
            this.call = call;
            this.rest = rest;
        }

        void run() {
            try {
                while (!ended && !call.isCancelled() && call.isReady()) {
                    if (rest.hasNext()) {
                        call.onNext(rest.next());
                    } else {
                        ended = true;
                        call.onCompleted();
                    }
                }
            } catch (Throwable e) {
                ended = true;
                call.onError(StatusMapping.of(e, null));
            }
        }
    }
}
