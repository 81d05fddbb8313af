package dev.bowyer.http;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/// Where this server serves Flight.
///
/// @param port on every address by which it is reached
/// @param advertised what clients shall use in place of that; null: nothing
public record FlightAddress(int port, @Nullable URI advertised) {}
