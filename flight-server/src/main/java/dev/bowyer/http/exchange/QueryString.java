package dev.bowyer.http.exchange;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What stands behind the `?` of a request: every name must be known, and none stands twice. All methods
/// throw [ServiceException] INVALID_ARGUMENT, naming the name and the value.
public record QueryString(Map<String, List<String>> values) {
    /// Of a value that is repeated in a message, in UTF-16 code units.
    private static final int MAX_SHOWN = 100;

    /// @param known the names that the route takes
    public static QueryString of(Context context, Set<String> known) {
        Map<String, List<String>> values = context.queryParamMap();
        values.forEach((name, given) -> {
            if (!known.contains(name)) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "unknown query parameter \"" + shown(name) + "\" (expected: "
                                + (known.isEmpty()
                                        ? "none"
                                        : String.join(
                                                ", ", known.stream().sorted().toList()))
                                + ")",
                        NearestNames.hint(name, known.stream().sorted()));
            }
            if (given.size() > 1) {
                throw new ServiceException(ErrorCode.INVALID_ARGUMENT, name + ": stands " + given.size() + " times");
            }
        });
        return new QueryString(values);
    }

    /// Null: it was not sent.
    public @Nullable String text(String name) {
        List<String> given = values.get(name);
        return given == null || given.isEmpty() ? null : given.getFirst();
    }

    /// @param otherwise when it was not sent
    public boolean bool(String name, boolean otherwise) {
        String text = text(name);
        return switch (text) {
            case null -> otherwise;
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(name, text, "true or false");
        };
    }

    /// @param otherwise when it was not sent
    /// @param most the largest that is taken; the smallest is 1
    public int number(String name, int otherwise, int most) {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most && text.charAt(0) != '+') {
                return number;
            }
        } catch (NumberFormatException _) {
            // As for one out of its range.
        }
        throw invalid(name, text, "a number of 1 to " + most);
    }

    /// For a value that cannot be used.
    public static ServiceException invalid(String name, String value, String expected) {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, name + ": \"" + shown(value) + "\" (expected: " + expected + ")");
    }

    /// Cut, and without what a terminal would act on.
    public static String shown(String text) {
        String start = text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}
