package dev.bowyer.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.jspecify.annotations.Nullable;

/** Any failure of a request. */
public final class BowyerException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String DETAILS = "grpc-status-details-bin";
    private static final Pattern CODED = Pattern.compile("([A-Z][A-Z_]+): (.*)", Pattern.DOTALL);

    private final String code;
    private final @Nullable String hint;

    public BowyerException(String code, String message, @Nullable String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
    }

    /** A stable name, such as {@code DATASET_NOT_FOUND}; of servers other than Bowyer, the Flight status. */
    public String code() {
        return code;
    }

    /** The next step, if the server knows one. */
    public @Nullable String hint() {
        return hint;
    }

    static BowyerException of(URI uri, FlightRuntimeException failure) {
        String description = failure.status().description();
        String message = description == null ? String.valueOf(failure.getMessage()) : description;
        String code = failure.status().code().name();
        Matcher coded = CODED.matcher(message);
        if (coded.matches()) {
            code = coded.group(1);
            message = coded.group(2);
        } else if (failure.status().code() == FlightStatusCode.UNAVAILABLE) {
            return new BowyerException(
                    code, "no answer from " + uri + " (" + message + ")", "is the server running?", failure);
        }
        ErrorInfo details = details(failure.status().metadata());
        if (details == null) {
            return new BowyerException(code, message, null, failure);
        }
        String queryId = details.getMetadataMap().get("query_id");
        message = without(message, " [query " + queryId + "]");
        String hint = details.getMetadataMap().get("hint");
        message = without(message, " (" + hint + ")");
        return new BowyerException(details.getReason().isEmpty() ? code : details.getReason(), message, hint, failure);
    }

    private static String without(String message, String ending) {
        return message.endsWith(ending) ? message.substring(0, message.length() - ending.length()) : message;
    }

    private static @Nullable ErrorInfo details(@Nullable ErrorFlightMetadata metadata) {
        if (metadata == null || !metadata.containsKey(DETAILS)) {
            return null;
        }
        try {
            for (Any detail : Status.parseFrom(metadata.getByte(DETAILS)).getDetailsList()) {
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
