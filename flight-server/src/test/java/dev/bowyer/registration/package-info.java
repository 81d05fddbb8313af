@NullMarked
package dev.bowyer.registration;

import org.jspecify.annotations.NullMarked;
