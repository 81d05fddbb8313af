package dev.bowyer.flight;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a client is told about a failure: a status by the kind of the error, a sentence that starts with the
/// error's code, and in `grpc-status-details-bin` a `google.rpc.ErrorInfo` with code and query id and, where waiting
/// helps, a `google.rpc.RetryInfo`.
final class StatusMapping {
    /// The domain of every [ErrorInfo] of this server.
    static final String DOMAIN = "bowyer.dev";
    /// Most bytes of the sentence once percent-encoded for its header. It travels a second time, in base 64,
    /// in the details, and clients refuse more than 8 KiB of headers in all.
    static final int MAX_ENCODED_SENTENCE = 2_900;

    private static final Logger LOG = LoggerFactory.getLogger(StatusMapping.class);
    private static final String CUT = "...";

    static final Metadata.Key<com.google.rpc.Status> DETAILS = Metadata.Key.of(
            "grpc-status-details-bin", ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

    private StatusMapping() {}

    /// @param queryId null when there is no query
    static StatusRuntimeException of(Throwable failure, @Nullable String queryId) {
        return switch (failure) {
            case StatusRuntimeException told -> told;
            case ServiceException error -> describe(error, queryId == null ? error.queryId() : queryId);
            case CompletionException wrapped when wrapped.getCause() != null -> of(wrapped.getCause(), queryId);
            default -> {
                LOG.error("request failed unexpectedly, query {}", queryId, failure);
                yield describe(
                        new ServiceException(
                                ErrorCode.INTERNAL, "the request failed unexpectedly; the server logged why"),
                        queryId);
            }
        };
    }

    private static StatusRuntimeException describe(ServiceException error, @Nullable String queryId) {
        String sentence = bounded(error.describe()) + (queryId == null ? "" : " [query " + queryId + "]");
        Status status = code(error.code()).toStatus().withDescription(sentence);
        ErrorInfo.Builder info =
                ErrorInfo.newBuilder().setReason(error.code().name()).setDomain(DOMAIN);
        if (queryId != null) {
            info.putMetadata("query_id", queryId);
        }
        if (error.hint() != null && sentence.contains(error.hint())) {
            info.putMetadata("hint", error.hint());
        }
        com.google.rpc.Status.Builder details = com.google.rpc.Status.newBuilder()
                .setCode(status.getCode().value())
                // Go clients read the sentence from here when there are details.
                .setMessage(sentence)
                .addDetails(Any.pack(info.build()));
        Duration retryAfter = error.retryAfter();
        if (retryAfter != null) {
            details.addDetails(Any.pack(RetryInfo.newBuilder()
                    .setRetryDelay(com.google.protobuf.Duration.newBuilder()
                            .setSeconds(retryAfter.getSeconds())
                            .setNanos(retryAfter.getNano()))
                    .build()));
        }
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, details.build());
        return status.asRuntimeException(trailers);
    }

    static Status.Code code(ErrorCode code) {
        return switch (code.kind()) {
            case INVALID -> Status.Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case DENIED -> Status.Code.PERMISSION_DENIED;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case CONFLICT -> code == ErrorCode.DATASET_EXISTS ? Status.Code.ALREADY_EXISTS : Status.Code.ABORTED;
            case EXHAUSTED -> Status.Code.RESOURCE_EXHAUSTED;
            case TIMED_OUT -> Status.Code.DEADLINE_EXCEEDED;
            case CANCELLED -> Status.Code.CANCELLED;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            case UNSUPPORTED -> Status.Code.UNIMPLEMENTED;
            case INTERNAL -> Status.Code.INTERNAL;
        };
    }

    /// Cuts after the last character that fits.
    private static String bounded(String sentence) {
        int encoded = 0;
        for (int i = 0; i < sentence.length(); ) {
            int point = sentence.codePointAt(i);
            boolean plain = point >= ' ' && point < 0x7F && point != '%';
            encoded += plain ? 1 : 3 * Character.toString(point).getBytes(StandardCharsets.UTF_8).length;
            if (encoded > MAX_ENCODED_SENTENCE - CUT.length()) {
                return sentence.substring(0, i) + CUT;
            }
            i += Character.charCount(point);
        }
        return sentence;
    }
}
