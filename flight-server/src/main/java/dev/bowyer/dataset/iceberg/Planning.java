package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import java.util.concurrent.ExecutorService;
import org.apache.arrow.memory.BufferAllocator;

/// What versions need to read their manifests.
///
/// @param threads platform threads: the stores block in native code
record Planning(
        ObjectStores stores,
        MetadataCache cache,
        ExecutorService threads,
        BufferAllocator allocator,
        PlanLimits limits) {}
