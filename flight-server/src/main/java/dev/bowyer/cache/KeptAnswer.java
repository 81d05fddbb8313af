package dev.bowyer.cache;

/// A whole answer. Two are not to be compared: the array is compared by identity.
///
/// @param body not copied; not to be changed
/// @param etag a strong entity tag, with its quotes
@SuppressWarnings("ArrayRecordComponent")
public record KeptAnswer(byte[] body, String etag) {}
