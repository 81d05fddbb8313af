package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.wire.IpcStream;
import dev.bowyer.flight.wire.UploadBudget;
import io.grpc.stub.StreamObserver;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// One DoPut. The first message says what it is about, or, without one, the end of the stream does; a binding then
/// gathers its values until the client closes its side. Exactly one answer goes out, or one error; messages after
/// it are dropped.
final class PutCall implements StreamObserver<Flight.FlightData> {
    private final StreamObserver<Flight.PutResult> answer;
    private final Puts puts;
    private final IpcStream values;
    private Puts.@Nullable Binding binding;
    private boolean answered;

    PutCall(StreamObserver<Flight.PutResult> answer, Puts puts, UploadBudget budget) {
        this.answer = answer;
        this.puts = puts;
        this.values = new IpcStream(budget);
    }

    @Override
    public void onNext(Flight.FlightData message) {
        if (answered) {
            return;
        }
        try {
            if (binding == null) {
                binding = puts.open(message.getFlightDescriptor());
            }
            ByteString header = message.getDataHeader();
            if (!header.isEmpty()) {
                values.add(header, message.getDataBody());
            }
        } catch (Throwable e) {
            fail(e);
        }
    }

    @Override
    public void onError(Throwable gone) {
        answered = true;
        values.close();
    }

    @Override
    public void onCompleted() {
        if (answered) {
            return;
        }
        try {
            if (binding == null) {
                throw new ServiceException(ErrorCode.INVALID_ARGUMENT, "DoPut without a message");
            }
            Flight.PutResult result = puts.bind(binding, values.end());
            answered = true;
            values.close();
            answer.onNext(result);
            answer.onCompleted();
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void fail(Throwable failure) {
        answered = true;
        values.close();
        answer.onError(StatusMapping.of(failure, null));
    }
}
