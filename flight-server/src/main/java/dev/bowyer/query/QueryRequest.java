package dev.bowyer.query;

import dev.bowyer.access.Caller;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Statement;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a caller wants rows of. Two are not to be compared: the array is compared by identity.
///
/// @param parameters as [QueryService#bind] gave them; empty: nothing is bound. Not copied
/// @param statementId of the prepared statement that this is a use of; null: of none
/// @param delivery how the rows are wanted; does not travel in tickets
/// @param origin how the request came in; does not travel in tickets
@SuppressWarnings("ArrayRecordComponent")
public record QueryRequest(
        Caller caller,
        Statement statement,
        PlanOptions options,
        byte[] parameters,
        @Nullable String statementId,
        Delivery delivery,
        Origin origin) {
    private static final byte[] NOTHING_BOUND = {};
    /// Begins the ids of statements that nobody has prepared; those of the others are hex digits.
    private static final String SHARED = "shared-";

    public static QueryRequest of(Caller caller, Statement statement, PlanOptions options) {
        return new QueryRequest(caller, statement, options, NOTHING_BOUND, null, Delivery.DEFAULT, Origin.FLIGHT);
    }

    public QueryRequest withParameters(byte[] bound) {
        return new QueryRequest(caller, statement, options, bound, statementId, delivery, origin);
    }

    public QueryRequest ofPrepared(String id) {
        return new QueryRequest(caller, statement, options, parameters, id, delivery, origin);
    }

    /// A use of the statement that equal requests of one caller share: it is planned once for as long as its data stays
    /// the same. The values bound to it are each request's own.
    public QueryRequest sharingPlan() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(caller.name(), statement.toString(), options.toString())) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
                digest.update(bytes);
            }
            return ofPrepared(SHARED + HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    boolean sharesPlan() {
        return statementId != null && statementId.startsWith(SHARED);
    }

    public QueryRequest delivered(Delivery wanted) {
        return new QueryRequest(caller, statement, options, parameters, statementId, wanted, origin);
    }

    public QueryRequest from(Origin where) {
        return new QueryRequest(caller, statement, options, parameters, statementId, delivery, where);
    }

    /// The statement as text, for logs and messages.
    public String sql() {
        return statement.sql();
    }
}
