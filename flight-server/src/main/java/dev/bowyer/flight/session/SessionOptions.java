package dev.bowyer.flight.session;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ResultTypes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A choice of options; what was not chosen has its default. Immutable.
///
/// @param chosen checked values
public record SessionOptions(Map<SessionOption, String> chosen) {
    public static final SessionOptions DEFAULT = new SessionOptions(Map.of());

    public SessionOptions {
        EnumMap<SessionOption, String> copy = new EnumMap<>(SessionOption.class);
        copy.putAll(chosen);
        chosen = Collections.unmodifiableMap(copy);
    }

    public String get(SessionOption option) {
        return chosen.getOrDefault(option, option.defaultValue());
    }

    /// These, and `over` where it has chosen.
    SessionOptions overriddenBy(SessionOptions over) {
        if (over.chosen.isEmpty()) {
            return this;
        }
        Map<SessionOption, String> both = new EnumMap<>(SessionOption.class);
        both.putAll(chosen);
        both.putAll(over.chosen);
        return new SessionOptions(both);
    }

    /// These, with some changed.
    ///
    /// @param changes checked values; null: back to the default
    SessionOptions with(Map<SessionOption, @Nullable String> changes) {
        Map<SessionOption, String> after = new EnumMap<>(SessionOption.class);
        after.putAll(chosen);
        changes.forEach((option, value) -> {
            if (value == null) {
                after.remove(option);
            } else {
                after.put(option, value);
            }
        });
        return new SessionOptions(after);
    }

    /// These, with one changed.
    ///
    /// @param label what the client calls the option
    /// @throws dev.bowyer.error.ServiceException INVALID_ARGUMENT for a value that is none
    public SessionOptions with(SessionOption option, String label, String value, CatalogSnapshot snapshot) {
        return overriddenBy(new SessionOptions(Map.of(option, option.check(label, value, snapshot))));
    }

    public PlanOptions planOptions() {
        ResultTypes types = new ResultTypes(
                get(SessionOption.WIRE).equals("native")
                        ? ResultTypes.Encoding.NATIVE
                        : ResultTypes.Encoding.COMPATIBLE,
                get(SessionOption.TIMESTAMP_UNIT).equals("ns"),
                get(SessionOption.TIMESTAMP_ZONE).equals("drop"),
                get(SessionOption.DECIMAL).equals("double"));
        return new PlanOptions(get(SessionOption.SCHEMA), types);
    }

    public int parallelism() {
        return Integer.parseInt(get(SessionOption.PARALLELISM));
    }
}
