/**
 * Queries built in Java instead of written: immutable frames and expressions that become one SQL statement with bound
 * parameters. Knows no server: a function runs the statement. Entry points: {@link dev.bowyer.client.lazy.LazyFrame}
 * and
 * {@link dev.bowyer.client.lazy.Expressions}.
 */
@NullMarked
package dev.bowyer.client.lazy;

import org.jspecify.annotations.NullMarked;
