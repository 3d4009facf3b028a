package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

/// Two changes that one actor made in the same place of its own history.
///
/// Invariants: the visible hash is the lower one, whichever came first. Both are kept and handed
/// on; readers see the visible one and what builds on it.
public record Fork(Bytes actor, long seq, ContentHash visible, ContentHash hidden) {
    public Fork {
        if (visible.compareTo(hidden) >= 0) {
            throw new IllegalArgumentException("visible=" + visible + " hidden=" + hidden);
        }
    }
}
