package dev.bowyer.access;

/// On whose behalf a request runs.
///
/// @param name of the user, unique on this server
public record Caller(String name) {
    /// Everyone, on a server without users. No user can have this name.
    public static final Caller ANONYMOUS = new Caller("anonymous");
}
