package dev.bowyer.client.lazy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;

/** What is wrong with an argument. */
final class Invalid {
    private static final int MAX_SHOWN = 200;

    private Invalid() {}

    static BowyerException argument(String message, String hint) {
        return BowyerException.of(ErrorCodes.INVALID_ARGUMENT, message, hint);
    }

    /** Short enough for a message. */
    static String shown(Object value) {
        String text = value.toString();
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
    }
}
