package dev.bowyer.client.wire;

/** The server sent what the protocol or Arrow does not allow; becomes a BAD_ANSWER with the query's name around it. */
final class BadAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadAnswer(String message) {
        super(message);
    }

    BadAnswer(String message, Throwable cause) {
        super(message, cause);
    }
}
