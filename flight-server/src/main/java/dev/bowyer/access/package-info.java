/// Who calls, and how a caller proves it: users with their passwords, access tokens, and the seal that tells
/// bytes of this server (tickets, handles, tokens) from forged ones. Entry points: [Authenticator] and
/// [Seal]. Knows neither gRPC nor the configuration file, and keeps no list of what it sealed: any replica
/// with the key opens it.
@NullMarked
package dev.bowyer.access;

import org.jspecify.annotations.NullMarked;
