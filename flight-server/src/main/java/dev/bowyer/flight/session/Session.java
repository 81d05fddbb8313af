package dev.bowyer.flight.session;

/// By what the options of a client are found again at its next call.
sealed interface Session {
    /// By the cookie that came with the call.
    ///
    /// @param told the state that stood in it
    record InCookie(String id, SessionStore.State told) implements Session {}

    /// By the access token that came with the call. The cookie that is offered with the answer has the same id, so
    /// a client may go on with either.
    record OfToken(String id) implements Session {}

    /// By nothing yet: the call had neither.
    ///
    /// @param offeredId of the session whose cookie goes out with this call's answer
    /// @param wasOffered whether the client was sent a cookie on this connection before, and has not sent it back
    record None(String offeredId, boolean wasOffered) implements Session {}
}
