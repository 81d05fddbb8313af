package dev.bowyer.http.connect;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// A server as its clients see it.
///
/// @param flight such as `grpc://db.example:8815`
/// @param http such as `http://db.example:8816`; null: it serves none
/// @param needsLogin whether it has users
public record Server(URI flight, @Nullable URI http, boolean needsLogin) {}
