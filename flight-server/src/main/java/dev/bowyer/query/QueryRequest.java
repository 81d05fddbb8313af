package dev.bowyer.query;

import dev.bowyer.access.Caller;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Statement;
import org.jspecify.annotations.Nullable;

/// What a caller wants rows of. Two are not to be compared: the array is compared by identity.
///
/// @param parameters as [QueryService#bind] gave them; empty: nothing is bound. Not copied
/// @param statementId of the prepared statement that this is a use of; null: of none
@SuppressWarnings("ArrayRecordComponent")
public record QueryRequest(
        Caller caller,
        Statement statement,
        PlanOptions options,
        byte[] parameters,
        @Nullable String statementId) {
    private static final byte[] NOTHING_BOUND = {};

    public static QueryRequest of(Caller caller, Statement statement, PlanOptions options) {
        return new QueryRequest(caller, statement, options, NOTHING_BOUND, null);
    }

    public QueryRequest withParameters(byte[] bound) {
        return new QueryRequest(caller, statement, options, bound, statementId);
    }

    public QueryRequest ofPrepared(String id) {
        return new QueryRequest(caller, statement, options, parameters, id);
    }

    /// The statement as text, for logs and messages.
    public String sql() {
        return statement.sql();
    }
}
