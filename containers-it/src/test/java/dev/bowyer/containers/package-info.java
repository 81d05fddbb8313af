/// The container image, driven from outside with a real engine. Each test closes the containers it
/// starts, so nothing is left when it ends.
@NullMarked
package dev.bowyer.containers;

import org.jspecify.annotations.NullMarked;
