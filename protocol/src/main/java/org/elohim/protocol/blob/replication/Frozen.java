package org.elohim.protocol.blob.replication;

import java.util.List;

/// All blobs as they were at a moment, to be read by whoever has the time: it costs nothing to make
/// one, however many they are, and they may change meanwhile.
public final class Frozen {
    private final BlobRows rows;
    private final long lastNumber;

    Frozen(BlobRows rows, long lastNumber) {
        this.rows = rows;
        this.lastNumber = lastNumber;
    }

    public long lastNumber() {
        return lastNumber;
    }

    /// The first blobs with numbers above this one.
    public List<Replications.Numbered> after(long number, int limit) {
        return rows.after(number, limit);
    }
}
