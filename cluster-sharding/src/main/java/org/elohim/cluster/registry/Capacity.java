package org.elohim.cluster.registry;

import java.util.Optional;

/// What a node offers: processor cores, memory and storage.
///
/// Invariants: nothing is negative. The upper limits are a rule for what is accepted, not of this
/// record: what was once journaled must be readable after the limits have changed.
public record Capacity(int cpuCores, long memoryBytes, long storageBytes) {
    static final int CPU_CORES_MAX = 1_024;
    static final long MEMORY_BYTES_MAX = 10_000L * 1_000_000_000L;
    static final long STORAGE_BYTES_MAX = 10_000L * 1_000_000_000_000L;

    public Capacity {
        if (cpuCores < 0 || memoryBytes < 0 || storageBytes < 0) {
            throw new IllegalArgumentException(
                    "negative capacity: cpu cores=%d, memory bytes=%d, storage bytes=%d"
                            .formatted(cpuCores, memoryBytes, storageBytes));
        }
    }

    /// Why no real machine has this capacity, if none has.
    public Optional<String> complaint() {
        if (cpuCores > CPU_CORES_MAX) {
            return Optional.of("cpu cores=%d, at most %d".formatted(cpuCores, CPU_CORES_MAX));
        }
        if (memoryBytes > MEMORY_BYTES_MAX) {
            return Optional.of(
                    "memory bytes=%d, at most %d".formatted(memoryBytes, MEMORY_BYTES_MAX));
        }
        if (storageBytes > STORAGE_BYTES_MAX) {
            return Optional.of(
                    "storage bytes=%d, at most %d".formatted(storageBytes, STORAGE_BYTES_MAX));
        }
        return Optional.empty();
    }
}
