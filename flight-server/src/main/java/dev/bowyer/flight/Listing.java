package dev.bowyer.flight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.metadata.LikePattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.arrow.flight.impl.Flight;

/// The criteria of ListFlights: empty for every dataset; the beginning of `namespace.table`; or
/// `{"namespace": ["sales"], "pattern": "ord%"}`, both optional, the pattern as in SQL's LIKE over the table's name.
final class Listing {
    static final int MAX_CRITERIA_BYTES = 64 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    private Listing() {}

    /// @throws ServiceException INVALID_ARGUMENT for a JSON object that is none of these
    static Predicate<DatasetName> filter(Flight.Criteria criteria) {
        if (criteria.getExpression().size() > MAX_CRITERIA_BYTES) {
            throw invalid(criteria.getExpression().size() + " bytes (limit: " + MAX_CRITERIA_BYTES + ")");
        }
        String text = criteria.getExpression().toString(StandardCharsets.UTF_8);
        if (text.stripLeading().startsWith("{")) {
            return json(text);
        }
        return name -> (name.namespace() + "." + name.table()).startsWith(text)
                || name.toString().startsWith(text);
    }

    private static Predicate<DatasetName> json(String text) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "criteria do not parse: " + e.getOriginalMessage(), null, e);
        }
        root.fieldNames().forEachRemaining(key -> {
            if (!key.equals("namespace") && !key.equals("pattern")) {
                throw invalid("no key is named \"" + key + "\" (expected: namespace, pattern)");
            }
        });
        Predicate<DatasetName> filter = _ -> true;
        if (root.hasNonNull("namespace")) {
            String namespace = String.join(".", texts(root.get("namespace")));
            filter = filter.and(name -> name.namespace().equals(namespace));
        }
        if (root.hasNonNull("pattern")) {
            LikePattern pattern = new LikePattern(text(root.get("pattern")));
            filter = filter.and(name -> pattern.matches(name.table()));
        }
        return filter;
    }

    private static List<String> texts(JsonNode node) {
        if (!node.isArray()) {
            return List.of(text(node));
        }
        List<String> texts = new ArrayList<>();
        node.forEach(item -> texts.add(text(item)));
        return texts;
    }

    private static String text(JsonNode node) {
        if (!node.isTextual()) {
            throw invalid(node + " (expected: a text)");
        }
        return node.textValue();
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, "criteria: " + message);
    }
}
