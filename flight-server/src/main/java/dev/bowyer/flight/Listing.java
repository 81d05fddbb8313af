package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.metadata.LikePattern;
import dev.bowyer.json.StrictJson;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.arrow.flight.impl.Flight;

/// The criteria of ListFlights: empty for every dataset; the beginning of `namespace.table`; or
/// `{"namespace": ["sales"], "pattern": "ord%"}`, both optional, the pattern as in SQL's LIKE over the
/// table's name.
final class Listing {
    static final int MAX_CRITERIA_BYTES = 64 * 1024;

    private Listing() {}

    /// @throws ServiceException INVALID_ARGUMENT for what is none of these
    static Predicate<DatasetName> filter(Flight.Criteria criteria) {
        ByteString expression = criteria.getExpression();
        if (expression.size() > MAX_CRITERIA_BYTES || !expression.isValidUtf8()) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "criteria: " + expression.size() + " bytes (expected: at most " + MAX_CRITERIA_BYTES
                            + ", of UTF-8)");
        }
        String text = expression.toStringUtf8();
        return text.stripLeading().startsWith("{")
                ? json(StrictJson.parse("criteria", expression.toByteArray()))
                : name -> (name.namespace() + "." + name.table()).startsWith(text)
                        || name.toString().startsWith(text);
    }

    private static Predicate<DatasetName> json(StrictJson criteria) {
        criteria.allow(Set.of("namespace", "pattern"));
        Predicate<DatasetName> filter = _ -> true;
        List<String> namespace = criteria.textOrTexts("namespace");
        if (!namespace.isEmpty()) {
            String wanted = String.join(".", namespace);
            filter = filter.and(name -> name.namespace().equals(wanted));
        }
        String pattern = criteria.text("pattern");
        if (pattern != null) {
            LikePattern like = new LikePattern(pattern);
            filter = filter.and(name -> like.matches(name.table()));
        }
        return filter;
    }
}
