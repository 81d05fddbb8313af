/** The client against servers that do what no server should. */
@NullMarked
package dev.bowyer.client.wire;

import org.jspecify.annotations.NullMarked;
