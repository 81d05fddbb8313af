package dev.bowyer.client.wire;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** User and password, exchanged by Handshake for a token where the server gives one; else sent with every call. */
public final class BasicLogin implements Authorization {
    private final String basic;
    private @Nullable String header;

    public BasicLogin(String user, String password) {
        this.basic =
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    /** Those who come while another logs in wait for it, at most for the time of its call. */
    @Override
    public synchronized String header(FlightCalls calls) {
        if (header == null) {
            String granted = calls.handshake(basic);
            header = granted == null ? basic : granted;
        }
        return header;
    }

    @Override
    public synchronized boolean renew(@Nullable String refused) {
        if (basic.equals(refused)) {
            return false; // these are wrong; asking again would lock the account
        }
        if (refused != null && refused.equals(header)) {
            header = null;
        }
        return true;
    }
}
