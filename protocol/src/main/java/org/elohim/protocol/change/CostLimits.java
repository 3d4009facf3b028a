package org.elohim.protocol.change;

/// How much of one document a node takes from devices.
///
/// This guards the node, not the reader: what a document may weigh for those who open it is limited
/// by its compacted size, elsewhere.
public record CostLimits(long bytesMax, int changesMax) {
    /// A hundred times a large document; a history of this length still loads on a small machine.
    public static final CostLimits DEFAULT = new CostLimits(256_000_000, 2_000_000);

    // Single changes carry what compacting drops and packs; a document must meet the limit of its
    // compacted size before this one.
    private static final int RAW_PER_COMPACTED = 2;

    public CostLimits {
        if (bytesMax < 1 || changesMax < 1) {
            throw new IllegalArgumentException(
                    "bytesMax=" + bytesMax + " changesMax=" + changesMax);
        }
    }

    /// Where documents may grow to this size compacted; never less than the default.
    public static CostLimits allowing(long compactedBytes) {
        return new CostLimits(
                Math.max(DEFAULT.bytesMax, Math.multiplyExact(compactedBytes, RAW_PER_COMPACTED)),
                DEFAULT.changesMax);
    }
}
