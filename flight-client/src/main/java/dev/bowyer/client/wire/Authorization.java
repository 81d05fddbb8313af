package dev.bowyer.client.wire;

import org.jspecify.annotations.Nullable;

/** Who calls: the value of the {@code authorization} header. Thread-safe. */
public interface Authorization {
    /** Sends none. */
    Authorization NONE = new Authorization() {
        @Override
        public @Nullable String header(FlightCalls calls) {
            return null;
        }

        @Override
        public boolean renew(@Nullable String refused) {
            return false;
        }
    };

    /**
     * The header to send; may block for a while, to log in.
     *
     * @param calls to log in with; the calls of a login carry what they are given and do not ask here
     * @return null: none
     */
    @Nullable
    String header(FlightCalls calls);

    /**
     * The server has refused {@code refused} as UNAUTHENTICATED.
     *
     * @return whether {@link #header} may now give another
     */
    boolean renew(@Nullable String refused);
}
