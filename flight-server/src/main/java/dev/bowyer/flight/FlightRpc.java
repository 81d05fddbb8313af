package dev.bowyer.flight;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.ServerAction;
import dev.bowyer.flight.command.SqlCommand;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Iterator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;

/// Every method of Flight but DoGet and Handshake: parse, call the use case, map the result. Runs on the RPC
/// threads and may block there. The methods are those of the generated gRPC service rather than of
/// `FlightProducer`, which loses what a descriptor of an unknown type held and reads uploads by trusting the
/// sizes they claim.
final class FlightRpc extends FlightServiceGrpc.FlightServiceImplBase {
    private final FlightInfos infos;
    private final Actions actions;

    FlightRpc(FlightInfos infos, Actions actions) {
        this.infos = infos;
        this.actions = actions;
    }

    @Override
    public void listFlights(Flight.Criteria request, StreamObserver<Flight.FlightInfo> answer) {
        stream(answer, () -> infos.list(request));
    }

    @Override
    public void getFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.FlightInfo> answer) {
        stream(answer, () -> Stream.of(infos.describe(request)));
    }

    /// Planning is all that happens before DoGet, so the first poll is the last: without a descriptor, the
    /// info is final.
    @Override
    public void pollFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.PollInfo> answer) {
        stream(
                answer,
                () -> Stream.of(Flight.PollInfo.newBuilder()
                        .setInfo(infos.describe(request))
                        .setProgress(1.0)
                        .build()));
    }

    @Override
    public void getSchema(Flight.FlightDescriptor request, StreamObserver<Flight.SchemaResult> answer) {
        stream(answer, () -> Stream.of(infos.schema(request)));
    }

    @Override
    public void doAction(Flight.Action request, StreamObserver<Flight.Result> answer) {
        stream(answer, () -> actions.run(ServerAction.parse(request)).stream());
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

    /// Refuses every upload on its first message. Clients wait for an answer before they close their side, so
    /// waiting for more would hang them.
    @Override
    public StreamObserver<Flight.FlightData> doPut(StreamObserver<Flight.PutResult> answer) {
        return new RefusedUpload(answer);
    }

    /// Refused before its first message: a client may wait for one of the server's first.
    @Override
    public StreamObserver<Flight.FlightData> doExchange(StreamObserver<Flight.FlightData> answer) {
        RefusedUpload refused = new RefusedUpload(answer);
        refused.refuse(new ServiceException(ErrorCode.UNSUPPORTED, "this server does not serve DoExchange"));
        return refused;
    }

    private static ServiceException refusal(Flight.FlightDescriptor descriptor) {
        if (descriptor.getType() == Flight.FlightDescriptor.DescriptorType.PATH) {
            return new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "this server does not take uploads: \"" + String.join(".", descriptor.getPathList()) + "\"");
        }
        SqlCommand command = SqlCommand.parse(descriptor.getCmd().toByteArray());
        return switch (command) {
            case null ->
                new ServiceException(
                        ErrorCode.INVALID_ARGUMENT, "the first message of an upload carries no command of Flight SQL");
            case SqlCommand.PreparedStatementQuery _ ->
                new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "this server does not bind parameters to prepared statements",
                        "write the values into the statement");
            case SqlCommand.StatementUpdate _, SqlCommand.PreparedStatementUpdate _, SqlCommand.NotServed _ ->
                new ServiceException(
                        ErrorCode.UNSUPPORTED, "this server is read-only and does not serve " + command.name());
            case SqlCommand.Metadata _, SqlCommand.StatementQuery _, SqlCommand.TicketStatementQuery _ ->
                new ServiceException(ErrorCode.INVALID_ARGUMENT, command.name() + " is not a command for DoPut");
        };
    }

    /// Answers with all that `work` gives. A client that has gone away is no error.
    private static <T> void stream(StreamObserver<T> answer, Supplier<Stream<T>> work) {
        ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) answer;
        call.setOnCancelHandler(() -> {});
        try (Stream<T> results = work.get()) {
            Iterator<T> rest = results.iterator();
            while (rest.hasNext() && !call.isCancelled()) {
                call.onNext(rest.next());
            }
        } catch (Throwable e) {
            call.onError(StatusMapping.of(e, null));
            return;
        }
        call.onCompleted();
    }

    /// Answers the first message, or the end of an empty stream, with an error; later messages are dropped.
    private static final class RefusedUpload implements StreamObserver<Flight.FlightData> {
        private final StreamObserver<?> answer;
        private boolean answered;

        RefusedUpload(StreamObserver<?> answer) {
            this.answer = answer;
        }

        @Override
        public void onNext(Flight.FlightData message) {
            refuse(message.getFlightDescriptor());
        }

        @Override
        public void onError(Throwable gone) {
            answered = true;
        }

        @Override
        public void onCompleted() {
            refuse(Flight.FlightDescriptor.getDefaultInstance());
        }

        private void refuse(Flight.FlightDescriptor descriptor) {
            if (answered) {
                return;
            }
            try {
                refuse(refusal(descriptor));
            } catch (ServiceException e) {
                refuse(e);
            }
        }

        void refuse(ServiceException reason) {
            answered = true;
            answer.onError(StatusMapping.of(reason, null));
        }
    }
}
