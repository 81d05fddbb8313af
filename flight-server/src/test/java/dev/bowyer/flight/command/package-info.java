@NullMarked
package dev.bowyer.flight.command;

import org.jspecify.annotations.NullMarked;
