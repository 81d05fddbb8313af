package dev.bowyer.client.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What gRPC says of a failed call, as the library says it. */
final class Failures {
    private static final Metadata.Key<byte[]> DETAILS =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final Pattern TOO_LARGE = Pattern.compile("gRPC message exceeds maximum size (\\d+): (\\d+)");
    /** A TLS record of type alert or handshake, as gRPC shows the first bytes of an answer it does not understand. */
    private static final Pattern TLS_RECORD =
            Pattern.compile("First received frame was not SETTINGS.*dump.*: 1[56]03.*");

    /** The same of an answer of HTTP/1. */
    private static final Pattern HTTP_1 = Pattern.compile("First received frame was not SETTINGS.*dump.*: 485454502f");

    /** How connections end whose other side does not like their beginning. */
    private static final Pattern CUT =
            Pattern.compile("Network closed for unknown reason|Connection reset|Broken pipe");

    private static final int MAX_CAUSES = 16;

    private Failures() {}

    /** Of a call for rows: a message that is too large for this side is one too large for its budget. */
    static BowyerException ofStream(ServerUri uri, Status status, @Nullable Metadata trailers) {
        Matcher tooLarge = TOO_LARGE.matcher(String.valueOf(status.getDescription()));
        if (tooLarge.find()) {
            long limit = Long.parseLong(tooLarge.group(1)) - Settings.Connections.METADATA_ROOM;
            return budget(Long.parseLong(tooLarge.group(2)), limit);
        }
        return of(uri, status, trailers);
    }

    static BowyerException of(ServerUri uri, Status status, @Nullable Metadata trailers) {
        ErrorInfo details = details(trailers);
        String description = status.getDescription();
        if (details != null && !details.getReason().isEmpty()) {
            return ofServer(details, description == null ? details.getReason() : description, status);
        }
        if (status.getCode() == Status.Code.CANCELLED && Context.current().isCancelled()) {
            return new BowyerException(ErrorCodes.CANCELLED, "cancelled by the caller", null, cause(status));
        }
        String message = description == null ? reason(status) : description;
        BowyerException known = ofTransport(uri, status, message);
        if (known != null) {
            return known;
        }
        String code = status.getCode().name();
        if (status.getCode() != Status.Code.UNAVAILABLE) {
            return new BowyerException(code, message, null, cause(status));
        }
        return new BowyerException(
                code, "no answer from " + uri + " (" + reason(status) + ")", "is the server running?", cause(status));
    }

    private static String reason(Status status) {
        Throwable cause = status.getCause() == null ? null : innermost(status.getCause());
        if (cause != null && cause.getMessage() != null) {
            return cause.getMessage();
        }
        return status.getDescription() == null ? "it says no more than this" : status.getDescription();
    }

    private static BowyerException ofServer(ErrorInfo details, String description, Status status) {
        String prefix = details.getReason() + ": ";
        String message = description.startsWith(prefix) ? description.substring(prefix.length()) : description;
        String queryId = details.getMetadataMap().get("query_id");
        message = without(message, " [query " + queryId + "]");
        String hint = details.getMetadataMap().get("hint");
        message = without(message, " (" + hint + ")");
        return new BowyerException(details.getReason(), message, hint, queryId, cause(status));
    }

    /**
     * A stream that was reset by the other side is a connection that broke: servers that shut down reset what still runs. Not of
     * calls that were cancelled here.
     */
    static Status asBroken(Status status) {
        String description = status.getDescription();
        boolean isReset = description != null
                && (description.startsWith("RST_STREAM closed stream") || description.contains("too_many_pings"));
        boolean isOfTransport = status.getCode() == Status.Code.CANCELLED
                || status.getCode() == Status.Code.INTERNAL
                || status.getCode() == Status.Code.RESOURCE_EXHAUSTED;
        return isReset && isOfTransport
                ? Status.UNAVAILABLE.withDescription(description).withCause(status.getCause())
                : status;
    }

    static BowyerException budget(long size, long budget) {
        return BowyerException.of(
                ErrorCodes.MEMORY_BUDGET,
                "one batch of " + size + " bytes does not fit into the memory budget of " + budget + " bytes",
                "raise memoryBudget, or ask the server for smaller batches");
    }

    /** Whether nothing of the call can have reached a server: it can be tried again whatever it was for. */
    static boolean neverSent(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE
                && (find(status, java.net.ConnectException.class) != null
                        || find(status, UnknownHostException.class) != null);
    }

    private static @Nullable BowyerException ofTransport(ServerUri uri, Status status, String message) {
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
            return new BowyerException(
                    ErrorCodes.DEADLINE_EXCEEDED,
                    "no answer from " + uri + " in time (" + message + ")",
                    "a longer timeout, or a smaller question",
                    cause(status));
        }
        if (HTTP_1.matcher(everything(status)).find()) {
            return new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    uri + " speaks HTTP/1, and not Flight",
                    "connect to the server's Flight port, by default 8815",
                    cause(status));
        }
        if (status.getCode() != Status.Code.UNAVAILABLE) {
            return null;
        }
        UnknownHostException host = find(status, UnknownHostException.class);
        if (host != null) {
            return new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    "no answer from " + uri + " (the host is not known)",
                    "is the name right?",
                    host);
        }
        SSLException tls = find(status, SSLException.class);
        if (tls != null) {
            boolean plain = tls.getClass().getSimpleName().equals("NotSslRecordException");
            return new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    plain
                            ? uri + " does not speak TLS"
                            : "no TLS connection to " + uri + " ("
                                    + innermost(tls).getMessage() + ")",
                    plain
                            ? "connect with grpc://" + uri.authority()
                            : "is the server's certificate for this host, and signed by one that is trusted (tls option)?",
                    tls);
        }
        boolean isCut = CUT.matcher(everything(status)).find();
        if (isCut && uri.kind() == ServerUri.Kind.TLS) {
            return new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    uri + " ended the connection (" + message + ")",
                    "has it stopped, or does it want a client certificate? (clientCertificate option)",
                    cause(status));
        }
        boolean isPlain = uri.kind() == ServerUri.Kind.PLAIN;
        if (isPlain && (TLS_RECORD.matcher(everything(status)).find() || (isCut && TlsProbe.speaksTls(uri)))) {
            return new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    uri + " speaks TLS only",
                    "connect with grpc+tls://" + uri.authority(),
                    cause(status));
        }
        return null;
    }

    private static Throwable innermost(Throwable failure) {
        Throwable inner = failure;
        for (int i = 0; i < MAX_CAUSES; i++) {
            Throwable cause = inner.getCause();
            if (cause == null) {
                break;
            }
            inner = cause;
        }
        return inner;
    }

    private static String everything(Status status) {
        StringBuilder text = new StringBuilder(String.valueOf(status.getDescription()));
        Throwable cause = status.getCause();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            text.append(' ').append(cause.getMessage());
            cause = cause.getCause();
        }
        return text.toString().replace('\n', ' ');
    }

    private static <T extends Throwable> @Nullable T find(Status status, Class<T> type) {
        Throwable cause = status.getCause();
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
            cause = cause.getCause();
        }
        return null;
    }

    private static Throwable cause(Status status) {
        return status.asException();
    }

    private static String without(String message, String ending) {
        return message.endsWith(ending) ? message.substring(0, message.length() - ending.length()) : message;
    }

    private static @Nullable ErrorInfo details(@Nullable Metadata trailers) {
        byte[] bytes = trailers == null ? null : trailers.get(DETAILS);
        if (bytes == null) {
            return null;
        }
        try {
            for (Any detail : com.google.rpc.Status.parseFrom(bytes).getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    return detail.unpack(ErrorInfo.class);
                }
            }
        } catch (InvalidProtocolBufferException e) {
            return null; // a server with other details; its message stands for itself
        }
        return null;
    }
}
