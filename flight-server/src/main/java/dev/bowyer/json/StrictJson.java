package dev.bowyer.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A JSON object of a client, of which every key must be known and no key stands twice. All methods throw
/// [ServiceException] INVALID_ARGUMENT, naming the key and the value.
///
/// @param what the object is, for messages
public record StrictJson(String what, JsonNode root) {
    private static final ObjectReader READER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private static final Pattern PARSERS_SOURCE = Pattern.compile(" \\(start marker at \\[Source: [^\\]]*\\]\\)");

    public static StrictJson parse(String what, byte[] bytes) {
        try {
            return new StrictJson(what, READER.readTree(bytes));
        } catch (JsonProcessingException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, what + ": does not parse as JSON: " + described(e), null, e);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    /// Where and why, without what the parser says of its own settings.
    public static String described(JsonProcessingException failure) {
        JsonLocation place = failure.getLocation();
        String where = place == null ? "" : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": ";
        return where + PARSERS_SOURCE.matcher(failure.getOriginalMessage()).replaceAll("");
    }

    public void allow(Set<String> keys) {
        root.fieldNames().forEachRemaining(key -> {
            if (!keys.contains(key)) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        what + ": unknown key \"" + key + "\" (expected: "
                                + String.join(", ", keys.stream().sorted().toList()) + ")",
                        NearestNames.hint(key, keys.stream().sorted()));
            }
        });
    }

    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /// For objects in which an absent key is to be left out.
    public void requireNoNulls() {
        root.properties().forEach(entry -> {
            if (entry.getValue().isNull()) {
                throw invalid(entry.getKey(), entry.getValue(), "a value, or no such key");
            }
        });
    }

    public @Nullable Boolean bool(String key) {
        JsonNode node = root.path(key);
        if (!has(key)) {
            return null;
        }
        if (!node.isBoolean()) {
            throw invalid(key, node, "true or false");
        }
        return node.booleanValue();
    }

    public @Nullable StrictJson object(String key) {
        JsonNode node = root.path(key);
        if (!has(key)) {
            return null;
        }
        if (!node.isObject()) {
            throw invalid(key, node, "an object");
        }
        return new StrictJson(what + ": " + key, node);
    }

    /// A text, a whole number as its digits, or the text in an object with nothing but `inner`.
    ///
    /// @param key of a value that is there
    public String textOrNumber(String key, String inner) {
        JsonNode node = root.path(key);
        if (node.isObject()) {
            StrictJson object = new StrictJson(what + ": " + key, node);
            object.allow(Set.of(inner));
            String text = object.text(inner);
            if (text != null) {
                return text;
            }
        }
        if (!node.isIntegralNumber() && !node.isTextual()) {
            throw invalid(key, node, "a text, a whole number, or {\"" + inner + "\": \"...\"}");
        }
        return node.asText();
    }

    public @Nullable String text(String key) {
        return has(key) ? text(key, root.get(key)) : null;
    }

    public @Nullable Long number(String key) {
        JsonNode node = root.path(key);
        if (!has(key)) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw invalid(key, node, "a whole number");
        }
        return node.longValue();
    }

    /// Empty if the key is not there.
    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (!has(key)) {
            return texts;
        }
        JsonNode node = root.get(key);
        if (!node.isArray()) {
            throw invalid(key, node, "a list of texts");
        }
        node.forEach(item -> texts.add(text(key, item)));
        return texts;
    }

    /// As [#texts]; one text is a list of one.
    public List<String> textOrTexts(String key) {
        return root.path(key).isTextual() ? List.of(root.get(key).textValue()) : texts(key);
    }

    private String text(String key, JsonNode node) {
        if (!node.isTextual()) {
            throw invalid(key, node, "a text");
        }
        return node.textValue();
    }

    private ServiceException invalid(String key, JsonNode value, String expected) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, what + ": " + key + ": " + value + " (expected: " + expected + ")");
    }
}
