/// ADBC's own Java driver against a whole server.
@NullMarked
package dev.bowyer.clients.adbc;

import org.jspecify.annotations.NullMarked;
