package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Progress;
import dev.bowyer.client.wire.Manner;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a query runs, whatever it asks.
 *
 * @param parallelism null: the server decides over endpoints, the client reads a few at once
 */
record QueryOptions(
        @Nullable Wire wire,
        @Nullable Integer parallelism,
        @Nullable Duration timeout,
        @Nullable Consumer<Progress> progress) {
    static final QueryOptions DEFAULT = new QueryOptions(null, null, null, null);

    private static final int MAX_PARALLELISM = 64;
    private static final int DEFAULT_PARALLELISM = 4;

    QueryOptions {
        if (parallelism != null && (parallelism < 1 || parallelism > MAX_PARALLELISM)) {
            throw invalid("parallelism", parallelism.toString(), "1 to " + MAX_PARALLELISM);
        }
        if (timeout != null && (timeout.isZero() || timeout.isNegative())) {
            throw invalid("timeout", timeout.toString(), "more than 0");
        }
    }

    private static BowyerException invalid(String name, String value, String expected) {
        return BowyerException.of(
                ErrorCodes.INVALID_ARGUMENT, name + ": " + value + " (expected: " + expected + ")", null);
    }

    QueryOptions wire(Wire encoding) {
        return new QueryOptions(encoding, parallelism, timeout, progress);
    }

    QueryOptions parallelism(int most) {
        return new QueryOptions(wire, most, timeout, progress);
    }

    QueryOptions timeout(Duration most) {
        return new QueryOptions(wire, parallelism, most, progress);
    }

    QueryOptions progress(Consumer<Progress> listener) {
        return new QueryOptions(wire, parallelism, timeout, listener);
    }

    /** Other servers pass over the headers that they do not know. */
    Manner manner() {
        Map<String, String> headers = new HashMap<>();
        if (wire != null) {
            headers.put("x-bowyer-wire", wire.name().toLowerCase(Locale.ROOT));
        }
        if (parallelism != null) {
            headers.put("x-bowyer-parallelism", parallelism.toString());
        }
        return new Manner(
                Map.copyOf(headers), timeout, parallelism == null ? DEFAULT_PARALLELISM : parallelism, progress);
    }
}
