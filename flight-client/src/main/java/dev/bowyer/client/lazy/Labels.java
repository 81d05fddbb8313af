package dev.bowyer.client.lazy;

import java.util.List;
import java.util.stream.Collectors;

/** Lists for people. */
final class Labels {
    private static final int MAX_ITEMS = 10;

    private Labels() {}

    static String list(List<?> items) {
        String shown = items.stream().limit(MAX_ITEMS).map(Object::toString).collect(Collectors.joining(", "));
        return items.size() <= MAX_ITEMS ? shown : shown + ", and " + (items.size() - MAX_ITEMS) + " more";
    }
}
