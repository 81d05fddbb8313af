package dev.bowyer.http.sql;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import dev.bowyer.json.StrictJson;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a request to run a statement says, before any of it is tried.
///
/// @param parameters an array or an object; null: none
/// @param limit most rows; null: all
/// @param timeout null: the server's
record SqlBody(
        String sql,
        @Nullable JsonNode parameters,
        @Nullable Long limit,
        @Nullable Duration timeout) {
    /// Of a value that is repeated in a message, in UTF-16 code units.
    private static final int MAX_SHOWN = 100;

    private static final Set<String> KEYS = Set.of("sql", "parameters", "limit", "timeout");
    private static final ObjectReader STRICT = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build()
            .readerFor(JsonNode.class);

    static SqlBody ofText(String sql) {
        if (sql.isBlank()) {
            throw invalid("the request has no statement", "send SQL as the body, or as \"sql\" of a JSON object");
        }
        return new SqlBody(sql, null, null, null);
    }

    /// `{"sql": ..., "parameters": ..., "limit": ..., "timeout": ...}`
    ///
    /// @throws ServiceException INVALID_ARGUMENT naming the key, or the place where it is no JSON
    static SqlBody ofJson(String json) {
        JsonNode body = read(json);
        if (!body.isObject()) {
            throw invalid("the body is not a JSON object", "for example {\"sql\": \"SELECT 1\"}");
        }
        body.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                throw invalid(
                        "unknown key \"" + key + "\" (expected: sql, parameters, limit, timeout)",
                        NearestNames.hint(key, KEYS.stream()));
            }
        });
        JsonNode sql = body.path("sql");
        if (!sql.isTextual() || sql.textValue().isBlank()) {
            throw invalid("sql: " + shown(sql) + " (expected: a statement)", null);
        }
        JsonNode parameters = given(body, "parameters");
        if (parameters != null && !parameters.isArray() && !parameters.isObject()) {
            throw invalid(
                    "parameters: " + shown(parameters) + " (expected: an array for ? and $1, an object for $name)",
                    null);
        }
        return new SqlBody(sql.textValue(), parameters, limit(given(body, "limit")), timeout(given(body, "timeout")));
    }

    /// With what the query string says as well.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for a value that cannot be used, or is there twice
    SqlBody with(@Nullable String limitText, @Nullable String timeoutText) {
        if ((limit != null && limitText != null) || (timeout != null && timeoutText != null)) {
            throw invalid("limit or timeout stands in the body and in the query string", "leave one of them out");
        }
        return new SqlBody(
                sql,
                parameters,
                limitText == null ? limit : WrittenValues.rows(limitText),
                timeoutText == null ? timeout : WrittenValues.timeout(timeoutText));
    }

    private static JsonNode read(String json) {
        try {
            return STRICT.readTree(json);
        } catch (JsonProcessingException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the body is not JSON: " + StrictJson.described(e),
                    "for example {\"sql\": \"SELECT 1\"}",
                    e);
        }
    }

    private static @Nullable JsonNode given(JsonNode body, String key) {
        JsonNode value = body.get(key);
        return value == null || value.isNull() ? null : value;
    }

    private static @Nullable Long limit(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw invalid("limit: " + shown(value) + " (expected: a number of rows, 0 or more)", null);
        }
        return value.longValue();
    }

    private static @Nullable Duration timeout(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        if (!value.isNumber() && !value.isTextual()) {
            throw WrittenValues.invalid(shown(value));
        }
        return WrittenValues.timeout(value.asText());
    }

    /// A value as it stands in the body, cut.
    static String shown(JsonNode value) {
        String text = value.isMissingNode() ? "missing" : value.toString();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }

    private static ServiceException invalid(String message, @Nullable String hint) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message, hint);
    }
}
