/**
 * One vector at a time: its values as Java objects, what they convert to, and cuts of it that share its memory. Entry point:
 * {@link dev.bowyer.client.frame.value.ValueReader}, whose table says which Java type stands for which Arrow type.
 */
@NullMarked
package dev.bowyer.client.frame.value;

import org.jspecify.annotations.NullMarked;
