package dev.bowyer.client;

import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A dataset as the server lists it.
 *
 * @param name elements of its path, joined by dots
 * @param schema without fields when the server does not tell it here, or tells one that this library cannot read
 * @param rows empty when the server does not know
 * @param bytes size of the data at the server; empty when the server does not know
 */
public record DatasetInfo(String name, Schema schema, OptionalLong rows, OptionalLong bytes) {}
