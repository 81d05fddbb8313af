package dev.bowyer.engine;

/// The engine as a whole. Bytes, except for counts.
///
/// @param handles live native handles of this engine: tables, sessions, statements, queries and messages
public record EngineStats(
        long memoryUsed,
        long memoryPeak,
        long memoryLimit,
        long spilled,
        int activeQueries,
        int handles,
        long metadataCacheBytes) {}
