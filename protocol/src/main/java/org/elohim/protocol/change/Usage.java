package org.elohim.protocol.change;

/// How much of its limits a document uses.
public record Usage(long bytes, int changes, CostLimits limits) {
    // Early enough to move on at leisure, late enough not to cry wolf.
    private static final int WARN_PERCENT = 80;

    /// The share of the limit that is nearer, in percent; relayed changes may take it over 100.
    public int percent() {
        return (int)
                Math.max(100 * bytes / limits.bytesMax(), 100L * changes / limits.changesMax());
    }

    public boolean nearsLimit() {
        return percent() >= WARN_PERCENT;
    }

    Usage plus(int sizeBytes) {
        return new Usage(bytes + sizeBytes, changes + 1, limits);
    }
}
