package dev.bowyer.flight.session;

import dev.bowyer.access.Seal;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.StatusRuntimeException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds out what applies to a call, from its cookie, access token and headers, and puts it into the call's
/// [Context]. Refuses a call whose cookie or option headers are wrong: to ignore them would give other results than
/// were asked for.
public final class SessionInterceptor implements ServerInterceptor {
    private static final Attributes.Key<AtomicBoolean> COOKIE_OFFERED = Attributes.Key.create("cookie-offered");

    private final SessionCookie cookie;
    private final SessionStore store;
    private final Catalog catalog;
    private final Supplier<@Nullable String> tokenId;
    private final Function<Throwable, StatusRuntimeException> errors;

    /// @param tokenId of the current call's access token
    /// @param errors what the client is told about a refusal
    public SessionInterceptor(
            Seal seal,
            Catalog catalog,
            Supplier<@Nullable String> tokenId,
            Function<Throwable, StatusRuntimeException> errors) {
        this.cookie = new SessionCookie(seal);
        this.store = new SessionStore();
        this.catalog = catalog;
        this.tokenId = tokenId;
        this.errors = errors;
    }

    /// The options of the current call; outside of one, the defaults.
    public static SessionOptions current() {
        RequestContext request = RequestContext.KEY.get();
        return request == null ? SessionOptions.DEFAULT : request.options();
    }

    /// For the actions on sessions.
    public Sessions sessions() {
        return new Sessions(cookie, store, catalog);
    }

    /// Remembers of each connection whether a cookie was offered on it.
    public static ServerTransportFilter connections() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes transport) {
                return transport.toBuilder()
                        .set(COOKIE_OFFERED, new AtomicBoolean())
                        .build();
            }
        };
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        RequestContext request;
        try {
            request = request(call.getAttributes(), headers);
        } catch (ServiceException e) {
            StatusRuntimeException told = errors.apply(e);
            Metadata trailers = told.getTrailers();
            call.close(told.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
        ServerCall<Q, A> answering = new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata answer) {
                String set = request.setCookie().get();
                if (set != null) {
                    answer.put(SessionCookie.SET_COOKIE, set);
                }
                super.sendHeaders(answer);
            }
        };
        Context context = Context.current().withValue(RequestContext.KEY, request);
        return Contexts.interceptCall(context, answering, headers, next);
    }

    private RequestContext request(Attributes connection, Metadata headers) {
        AtomicReference<@Nullable String> setCookie = new AtomicReference<>();
        Session session = session(connection, headers, setCookie);
        SessionOptions stored = switch (session) {
            case Session.InCookie(String id, SessionStore.State told) ->
                store.newest(id, told).options();
            case Session.OfToken(String id) ->
                store.newest(id, SessionStore.State.NEW).options();
            case Session.None _ -> SessionOptions.DEFAULT;
        };
        return new RequestContext(session, stored.overriddenBy(inHeaders(headers)), setCookie);
    }

    private Session session(Attributes connection, Metadata headers, AtomicReference<@Nullable String> setCookie) {
        SessionCookie.Read read = cookie.read(headers);
        if (read != null) {
            if (read.isOld()) {
                setCookie.set(cookie.write(read.id(), store.newest(read.id(), read.state())));
            }
            return new Session.InCookie(read.id(), read.state());
        }
        AtomicBoolean offered = connection.get(COOKIE_OFFERED);
        String id = offered == null || offered.getAndSet(true) ? "" : cookie.newId();
        if (!id.isEmpty()) {
            setCookie.set(SessionCookie.header(id));
        }
        String token = tokenId.get();
        return token == null ? new Session.None(id) : new Session.OfToken(token);
    }

    private SessionOptions inHeaders(Metadata headers) {
        Map<SessionOption, String> chosen = new EnumMap<>(SessionOption.class);
        for (String name : headers.keys()) {
            if (name.startsWith(SessionOption.HEADER_PREFIX)) {
                SessionOption option = SessionOption.named(name.substring(SessionOption.HEADER_PREFIX.length()));
                String value = name.endsWith(Metadata.BINARY_HEADER_SUFFIX)
                        ? null
                        : headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
                if (option == null || value == null) {
                    throw unknown(name);
                }
                chosen.put(option, option.check(name, value, catalog.current()));
            }
        }
        return chosen.isEmpty() ? SessionOptions.DEFAULT : new SessionOptions(chosen);
    }

    private static ServiceException unknown(String header) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                "no option is named by the header \"" + header + "\"",
                NearestNames.hint(header, SessionOption.names().map(name -> SessionOption.HEADER_PREFIX + name)));
    }
}
