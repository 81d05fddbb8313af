package dev.bowyer.client.random;

import org.jspecify.annotations.Nullable;

/** A value of a union, and which of its members it is of. */
record Tagged(int typeId, @Nullable Object value) {}
