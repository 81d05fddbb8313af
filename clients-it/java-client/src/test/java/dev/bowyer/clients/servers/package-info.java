/** The Java client library with servers of others, which run as processes of their own. */
@NullMarked
package dev.bowyer.clients.servers;

import org.jspecify.annotations.NullMarked;
