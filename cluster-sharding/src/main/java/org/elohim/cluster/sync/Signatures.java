package org.elohim.cluster.sync;

import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/// Which sealed changes were found to be signed by their authors, lately.
///
/// In a family each change comes from every sibling, and again after each cut; checking a signature
/// takes longer than all the rest that is done with it.
///
/// Invariants: what is taken for sound was checked here, bit for bit, its signature included; what
/// is remembered is bounded, the oldest is forgotten first.
public final class Signatures {
    // Some hundred bytes each.
    static final int KEPT_MAX = 1 << 14;

    // Guarded by itself.
    private final Set<ContentHash> sound = new LinkedHashSet<>();

    boolean isSound(SealedChange change) {
        // The change's own hash says nothing of the signature.
        ContentHash whole = ContentHash.of(change.bytes());
        synchronized (sound) {
            if (sound.contains(whole)) {
                return true;
            }
        }
        if (!change.isSignedByItsAuthor()) {
            return false;
        }
        synchronized (sound) {
            sound.add(whole);
            if (sound.size() > KEPT_MAX) {
                Iterator<ContentHash> oldest = sound.iterator();
                oldest.next();
                oldest.remove();
            }
        }
        return true;
    }

    int kept() {
        synchronized (sound) {
            return sound.size();
        }
    }
}
