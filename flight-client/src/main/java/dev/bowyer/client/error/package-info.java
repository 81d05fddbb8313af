/** What goes wrong, as one exception. Everything here may use it; it uses nothing. */
@NullMarked
package dev.bowyer.client.error;

import org.jspecify.annotations.NullMarked;
