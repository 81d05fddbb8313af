package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import org.jspecify.annotations.Nullable;

/// From the engine's error JSON to [ServiceException].
final class NativeErrors {
    private NativeErrors() {}

    /// @param sql the statement that the error's position, if it has one, points into; null if there is none
    static ServiceException exception(byte[] json, @Nullable String sql) {
        JsonNode error = Json.read(json);
        String message = error.path("message").asText("the engine gave no reason");
        ErrorCode code = code(error.path("code").asText());
        String hint = error.path("hint").asText(null);
        if (sql == null || !error.hasNonNull("line")) {
            return new ServiceException(code, message, hint);
        }
        SqlPosition position = new SqlPosition(error);
        return new ServiceException(code, message + "\n" + position.pointInto(sql), hint)
                .at(new ServiceException.Position(position.line(), position.column()));
    }

    private static ErrorCode code(String name) {
        try {
            return ErrorCode.valueOf(name);
        } catch (IllegalArgumentException _) {
            return ErrorCode.INTERNAL;
        }
    }
}
