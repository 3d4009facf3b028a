package org.elohim.cluster.document;

/// How much all conversations together hold of what apps sent and what cannot be taken yet.
///
/// Invariants: what is held never grows beyond the bound but by what came last, which is let go of
/// at once; each conversation is bounded by itself too.
public final class HeldBytes {
    /// Two conversations may hold as much as one can, in a heap of half a gigabyte.
    public static final long BYTES_MAX = 64L << 20;

    private final long bytesMax;
    private long held;

    public HeldBytes(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /// One of them holds another amount now.
    ///
    /// @return false where it has grown and that is too much
    synchronized boolean change(long before, long now) {
        held += now - before;
        return now <= before || held <= bytesMax;
    }

    synchronized long held() {
        return held;
    }
}
