package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.wire.Answer;
import dev.bowyer.client.wire.Connection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What kind of server it is: asked once, when it first matters. Thread-safe. */
final class ServerKind {
    /** Failures that say nothing about the server's kind. */
    private static final Set<String> PASSING = Set.of(
            ErrorCodes.UNAVAILABLE,
            ErrorCodes.DEADLINE_EXCEEDED,
            ErrorCodes.INTERRUPTED,
            ErrorCodes.CANCELLED,
            ErrorCodes.CLOSED,
            ErrorCodes.MEMORY_BUDGET,
            "UNAUTHENTICATED",
            "RESOURCE_EXHAUSTED");
    /** How servers say that they do not know the command. */
    private static final Set<String> FINAL = Set.of(ErrorCodes.UNIMPLEMENTED, ErrorCodes.INVALID_ARGUMENT, "NOT_FOUND");

    private static final int NAME = 0;
    private static final int BULK_INGESTION = 10;

    private final Connection connection;
    private @Nullable Map<Integer, String> info;

    ServerKind(Connection connection) {
        this.connection = connection;
    }

    boolean isBowyer() {
        return "Bowyer".equals(info().get(NAME));
    }

    boolean isFlightSql() {
        return !info().isEmpty();
    }

    boolean takesIngestion() {
        return Boolean.parseBoolean(info().get(BULK_INGESTION));
    }

    /** Values as text by id; empty of servers that do not speak Flight SQL. */
    private synchronized Map<Integer, String> info() {
        Map<Integer, String> known = info;
        if (known == null) {
            known = asked();
        }
        return known;
    }

    private Map<Integer, String> asked() {
        Map<Integer, String> values = new HashMap<>();
        try (Answer answer = connection.sqlInfo(List.of(NAME, BULK_INGESTION))) {
            for (Batch batch : answer) {
                try (batch) {
                    for (int row = 0; row < batch.rowCount(); row++) {
                        int id = ((Number) batch.vector(0).getObject(row)).intValue();
                        values.put(id, String.valueOf(batch.vector(1).getObject(row)));
                    }
                }
            }
        } catch (BowyerException e) {
            if (PASSING.contains(e.code())) {
                throw e;
            }
            if (!FINAL.contains(e.code())) {
                return Map.of(); // whatever it was, it may be otherwise the next time
            }
        }
        info = values;
        return values;
    }
}
