package dev.bowyer.flight.session;

import org.jspecify.annotations.Nullable;

/// Where the options of a client live between its calls.
sealed interface Session {
    /// In the cookie that came with the call.
    record InCookie(SessionOptions options) implements Session {}

    /// On this server, under the id of the access token that came with the call.
    record OfToken(String tokenId) implements Session {}

    /// Nowhere yet: the call had neither.
    ///
    /// @param mayKeepCookies false: the client was offered one on this connection and has not sent it back
    record None(boolean mayKeepCookies) implements Session {}

    static Session of(@Nullable SessionOptions inCookie, @Nullable String tokenId, boolean wasOffered) {
        if (inCookie != null) {
            return new InCookie(inCookie);
        }
        return tokenId != null ? new OfToken(tokenId) : new None(!wasOffered);
    }
}
