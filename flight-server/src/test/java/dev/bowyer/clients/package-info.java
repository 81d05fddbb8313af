/// Stock clients on the JVM against a whole server, as their users run them. What each can do goes into the report on
/// clients; see [ClientFeature].
@NullMarked
package dev.bowyer.clients;

import org.jspecify.annotations.NullMarked;
