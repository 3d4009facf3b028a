package org.elohim.protocol.change;

import org.elohim.protocol.id.ContentHash;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/// The changes that were refused last: whatever builds on them is refused without a look at them.
///
/// Invariants: never more than the limit, the oldest leave first. It is a cache: what builds on a
/// change that was forgotten brings that change again, and is refused with it.
final class RefusedLately {
    /// More than a session has on its way at a time.
    static final int CHANGES_MAX = 4096;

    private final Set<ContentHash> hashes = new LinkedHashSet<>();

    void add(ContentHash hash) {
        hashes.add(hash);
        if (hashes.size() > CHANGES_MAX) {
            hashes.remove(hashes.iterator().next());
        }
    }

    void remove(ContentHash hash) {
        hashes.remove(hash);
    }

    Set<ContentHash> hashes() {
        return Collections.unmodifiableSet(hashes);
    }
}
