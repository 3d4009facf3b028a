package org.elohim.protocol.change;

import org.elohim.protocol.change.Decision.Orphan;
import org.elohim.protocol.id.ContentHash;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// The orphans that a document keeps at hand until their deps come.
///
/// Invariants: never more changes or bytes than the limits. It is a cache: nothing in it was
/// acknowledged, so whoever sent it still has it.
///
/// The oldest leave first: a history sent newest first becomes ready from its oldest end, and
/// orphans whose deps never come cannot hold the room for ever.
final class WaitingRoom {
    /// One page of a catch-up that arrives in the wrong order.
    static final int CHANGES_MAX = 1024;

    /// Small beside an open document, since many may be open.
    static final int BYTES_MAX = 4 << 20;

    private final Map<ContentHash, Orphan> orphans = new LinkedHashMap<>();
    private int bytes;

    void add(Orphan orphan) {
        remove(orphan.change().hash());
        if (orphan.change().sizeBytes() > BYTES_MAX) {
            return;
        }
        orphans.put(orphan.change().hash(), orphan);
        bytes += orphan.change().sizeBytes();
        while (orphans.size() > CHANGES_MAX || bytes > BYTES_MAX) {
            remove(orphans.keySet().iterator().next());
        }
    }

    void remove(ContentHash hash) {
        Orphan gone = orphans.remove(hash);
        if (gone != null) {
            bytes -= gone.change().sizeBytes();
        }
    }

    void clear() {
        orphans.clear();
        bytes = 0;
    }

    Collection<Orphan> orphans() {
        return orphans.values();
    }

    int count() {
        return orphans.size();
    }

    int sizeBytes() {
        return bytes;
    }
}
