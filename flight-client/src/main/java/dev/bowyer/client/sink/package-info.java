/**
 * Where rows can go: Arrow IPC, CSV, databases, Parquet, the frames of other libraries. Each sink is one public class
 * with factories, given to {@code Results.into}; those for libraries that are not on the class path fail with the name
 * of what is missing.
 */
@NullMarked
package dev.bowyer.client.sink;

import org.jspecify.annotations.NullMarked;
