package dev.bowyer.engine;

/// The engine as a whole. Bytes, except for counts.
///
/// @param memoryUsed counted by operators now
/// @param memoryPeak the most that ever was in use
/// @param memoryLimit of both
/// @param spilled in the spill folder now
/// @param spilledTotal written to the spill folder by all runs that are over
/// @param handles live native handles of this engine: tables, sessions, statements, queries and messages
public record EngineStats(
        long memoryUsed,
        long memoryPeak,
        long memoryLimit,
        long spilled,
        long spilledTotal,
        int activeQueries,
        int handles,
        long metadataCacheBytes) {}
