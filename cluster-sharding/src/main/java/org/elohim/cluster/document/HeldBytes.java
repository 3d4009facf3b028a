package org.elohim.cluster.document;

/// How much all conversations together hold of what apps sent and what cannot be taken yet.
///
/// Invariants: what is held never grows beyond the bound but by what came last, which is let go of
/// at once, and by one conversation that holds all there is: what would never fit would be sent
/// again for ever. Each conversation is bounded by itself too.
public final class HeldBytes {
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
        return now <= before || held <= bytesMax || held == now;
    }

    synchronized long held() {
        return held;
    }
}
