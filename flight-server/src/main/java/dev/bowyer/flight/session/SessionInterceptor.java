package dev.bowyer.flight.session;

import dev.bowyer.access.Caller;
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
    private final Supplier<Caller> caller;
    private final Supplier<@Nullable String> tokenId;
    private final Function<Throwable, StatusRuntimeException> errors;

    /// @param caller of the current call
    /// @param tokenId of the current call's access token
    /// @param errors what the client is told about a refusal
    public SessionInterceptor(
            Seal seal,
            Catalog catalog,
            Supplier<Caller> caller,
            Supplier<@Nullable String> tokenId,
            Function<Throwable, StatusRuntimeException> errors) {
        this.cookie = new SessionCookie(seal);
        this.store = new SessionStore();
        this.catalog = catalog;
        this.caller = caller;
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
            // In place of the cookie that may be what is wrong: with it the client would be refused for ever.
            Metadata answer = new Metadata();
            answer.put(SessionCookie.SET_COOKIE, cookie.write(cookie.newId(), SessionStore.State.NEW, caller.get()));
            call.sendHeaders(answer);
            call.close(told.getStatus(), trailers == null ? new Metadata() : trailers);
            return new ServerCall.Listener<>() {};
        }
        ServerCall<Q, A> answering = new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata answer) {
                String set = request.setCookie().get();
                if (set != null) {
                    answer.put(SessionCookie.SET_COOKIE, set);
                    AtomicBoolean offered = getAttributes().get(COOKIE_OFFERED);
                    if (offered != null) {
                        offered.set(true);
                    }
                }
                super.sendHeaders(answer);
            }
        };
        Context context = Context.current().withValue(RequestContext.KEY, request);
        return Contexts.interceptCall(context, answering, headers, next);
    }

    private RequestContext request(Attributes connection, Metadata headers) {
        AtomicReference<@Nullable String> setCookie = new AtomicReference<>();
        Caller who = caller.get();
        Session session = session(connection, headers, who, setCookie);
        SessionOptions stored = store.stateOf(session).options();
        return new RequestContext(who, session, stored.overriddenBy(inHeaders(headers)), setCookie);
    }

    private Session session(
            Attributes connection, Metadata headers, Caller who, AtomicReference<@Nullable String> setCookie) {
        SessionCookie.Read read = cookie.read(headers, who);
        if (read != null) {
            Session session = new Session.InCookie(read.id(), read.state());
            if (read.isOld()) {
                setCookie.set(cookie.write(read.id(), store.stateOf(session), who));
            }
            return session;
        }
        AtomicBoolean offered = connection.get(COOKIE_OFFERED);
        boolean wasOffered = offered != null && offered.get();
        String token = tokenId.get();
        Session session = token == null ? new Session.None(cookie.newId(), wasOffered) : new Session.OfToken(token);
        if (!wasOffered) {
            setCookie.set(cookie.write(SessionStore.idOf(session), store.stateOf(session), who));
        }
        return session;
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
