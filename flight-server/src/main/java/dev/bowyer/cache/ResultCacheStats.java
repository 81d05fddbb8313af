package dev.bowyer.cache;

/// What a cache has done since it was made, and holds now.
///
/// @param hits requests answered by what was there, or by what another request was just making
/// @param misses requests that had to run
/// @param bytes held, keys included
public record ResultCacheStats(long hits, long misses, long bytes, long entries) {}
