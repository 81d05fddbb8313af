package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The calls of Flight that are no streams of rows: with authorization, a limit of time, and another try when no server answered.
 * Thread-safe; all wait for their answer.
 */
public final class FlightCalls implements AutoCloseable {
    /** Most datasets, actions or results that one call may list. */
    static final int MAX_LISTED = 1_000_000;

    /** Longest time of a request to stop. */
    static final Duration CANCEL_TIME = Duration.ofSeconds(5);

    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Settings settings;
    private final Channels channels;
    private final Backoff backoff;

    public FlightCalls(Settings settings, Executor executor) {
        this.settings = settings;
        this.channels = new Channels(settings, executor);
        this.backoff = new Backoff(settings.waits());
    }

    Settings settings() {
        return settings;
    }

    Channels channels() {
        return channels;
    }

    Backoff backoff() {
        return backoff;
    }

    /** When a call may be tried again after the connection broke. */
    public enum Repeat {
        /** It changes nothing: tried again when the connection breaks. */
        SAFE,
        /** Tried again only when it cannot have reached a server. */
        UNSENT
    }

    /** @param descriptor changes nothing when it is asked about, or {@code repeat} says so */
    public Flight.FlightInfo flightInfo(Flight.FlightDescriptor descriptor, CallScope scope, Repeat repeat) {
        return unary(FlightServiceGrpc.getGetFlightInfoMethod(), descriptor, scope, repeat);
    }

    public Flight.SchemaResult schema(Flight.FlightDescriptor descriptor, CallScope scope) {
        return unary(FlightServiceGrpc.getGetSchemaMethod(), descriptor, scope, Repeat.SAFE);
    }

    public List<Flight.FlightInfo> flights(CallScope scope) {
        return listed(
                FlightServiceGrpc.getListFlightsMethod(), Flight.Criteria.getDefaultInstance(), scope, Repeat.SAFE);
    }

    public List<Flight.Result> action(String type, ByteString body, CallScope scope, Repeat repeat) {
        Flight.Action action =
                Flight.Action.newBuilder().setType(type).setBody(body).build();
        return listed(FlightServiceGrpc.getDoActionMethod(), action, scope, repeat);
    }

    /** Asks the server to stop; whether it does, or knows how, is not told. Does not throw. */
    void cancel(Flight.FlightInfo info, Map<String, String> headers) {
        Flight.CancelFlightInfoRequest request =
                Flight.CancelFlightInfoRequest.newBuilder().setInfo(info).build();
        try {
            action("CancelFlightInfo", request.toByteString(), CallScope.of(headers, CANCEL_TIME), Repeat.UNSENT);
        } catch (BowyerException e) {
            return; // it knows no such action, or is gone; the calls for rows were cancelled besides
        }
    }

    /** Sends batches under a descriptor; {@code batches} sends them. */
    List<ByteString> upload(
            Flight.FlightDescriptor descriptor, Schema schema, CallScope scope, Consumer<Upload> batches) {
        String header = settings.authorization().header(this);
        Upload upload = new Upload(
                this,
                channel(settings.uri(), 0, headers(header, scope.headers()))
                        .newCall(FlightServiceGrpc.getDoPutMethod(), scope.within(CallOptions.DEFAULT)));
        try {
            upload.begin(descriptor, schema);
            batches.accept(upload);
            return upload.finish();
        } catch (BowyerException e) {
            upload.cancel();
            if (e.code().equals(Status.Code.UNAUTHENTICATED.name())) {
                settings.authorization().renew(header); // for the next one; rows may be on their way already
            }
            throw e;
        } catch (RuntimeException | Error e) {
            upload.cancel();
            throw e;
        }
    }

    private <Q, A> A unary(MethodDescriptor<Q, A> method, Q request, CallScope scope, Repeat repeat) {
        return repeated(
                scope, repeat, (channel, options) -> ClientCalls.blockingUnaryCall(channel, method, options, request));
    }

    private <Q, A> List<A> listed(MethodDescriptor<Q, A> method, Q request, CallScope scope, Repeat repeat) {
        return repeated(scope, repeat, (channel, options) -> {
            List<A> all = new ArrayList<>();
            Iterator<A> answers = ClientCalls.blockingServerStreamingCall(channel, method, options, request);
            while (answers.hasNext()) {
                if (all.size() == MAX_LISTED) {
                    throw new BadAnswer("more than " + MAX_LISTED + " answers to " + method.getBareMethodName());
                }
                all.add(answers.next());
            }
            return all;
        });
    }

    /** One try of a call. */
    private interface Attempt<A> {
        A run(io.grpc.Channel channel, CallOptions options);
    }

    private <A> A repeated(CallScope scope, Repeat repeat, Attempt<A> attempt) {
        boolean renewed = false;
        for (int tries = 1; ; tries++) {
            String header = settings.authorization().header(this);
            try {
                return attempt.run(channel(settings.uri(), 0, headers(header, scope.headers())), options(scope));
            } catch (StatusRuntimeException e) {
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw interrupted(e);
                }
                boolean refused = e.getStatus().getCode() == Status.Code.UNAUTHENTICATED;
                if (refused && !renewed && settings.authorization().renew(header)) {
                    renewed = true;
                    continue;
                }
                boolean again = e.getStatus().getCode() == Status.Code.UNAVAILABLE
                        && (repeat == Repeat.SAFE || Failures.neverSent(e.getStatus()));
                if (!again || !backoff.mayTryAgain(tries) || !scope.hasTime()) {
                    throw Failures.of(settings.uri(), e.getStatus(), e.getTrailers());
                }
                pause(backoff.pause(tries));
            } catch (BadAnswer e) {
                throw new BowyerException(ErrorCodes.BAD_ANSWER, settings.uri() + " sent " + e.getMessage(), null, e);
            }
        }
    }

    static BowyerException interrupted(@Nullable Throwable cause) {
        return new BowyerException(
                ErrorCodes.INTERRUPTED, "the thread was interrupted while it waited for the server", null, cause);
    }

    private static void pause(Duration pause) {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private CallOptions options(CallScope scope) {
        return scope.within(CallOptions.DEFAULT, settings.waits().call());
    }

    /** A channel whose calls carry {@code headers}. */
    io.grpc.Channel channel(ServerUri uri, int number, Metadata headers) {
        return ClientInterceptors.intercept(
                channels.channel(uri, number), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    Metadata headers(@Nullable String authorization, Map<String, String> more) {
        return headers(authorization, more, true);
    }

    /** @param isOrigin whether they go to the server that was connected to: others get no password and no header of the user's */
    Metadata headers(@Nullable String authorization, Map<String, String> more, boolean isOrigin) {
        Metadata headers = new Metadata();
        if (isOrigin) {
            settings.headers().forEach((name, value) -> put(headers, name, value));
        }
        more.forEach((name, value) -> put(headers, name, value));
        if (authorization != null && (isOrigin || authorization.startsWith("Bearer "))) {
            headers.put(AUTHORIZATION, authorization);
        }
        return headers;
    }

    private static void put(Metadata headers, String name, String value) {
        headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
    }

    /**
     * Logs in.
     *
     * @param basic the header with user and password
     * @return the header to send from now on; null when the server gives none, or knows no Handshake
     */
    @Nullable
    String handshake(String basic) {
        for (int tries = 1; ; tries++) {
            try {
                return Handshake.run(channel(settings.uri(), 0, headers(basic, Map.of())), options(CallScope.NONE));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw interrupted(e);
            } catch (StatusRuntimeException e) {
                if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                    return null;
                }
                if (e.getStatus().getCode() != Status.Code.UNAVAILABLE || !backoff.mayTryAgain(tries)) {
                    throw Failures.of(settings.uri(), e.getStatus(), e.getTrailers());
                }
                pause(backoff.pause(tries));
            }
        }
    }

    @Override
    public void close() {
        channels.close();
    }
}
