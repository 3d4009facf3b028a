package org.elohim.protocol.ledger;

import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeKey;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Where the ledger's document ends, so that the next change of this node can go on from there.
///
/// Invariants: what it writes builds on this node's own last change, or the document would refuse
/// it. After the disk was replaced by an older copy a number is used a second time; the document
/// keeps both changes, and the ledger reads both.
public final class LedgerTip {
    // As many nodes have never written at once. Beyond it some ends are left open.
    private static final int DEPS_MAX = 1_000;

    private final NodeKey key;
    private final Set<ContentHash> heads = new LinkedHashSet<>();
    private List<ContentHash> own = List.of();
    private long seq;

    public LedgerTip(NodeKey key) {
        this.key = key;
    }

    /// The next change that lies in the document, in the order of the document.
    public void follow(LedgerChange change) {
        change.deps().forEach(heads::remove);
        heads.add(change.hash());
        if (change.author().equals(key.id()) && change.seq() >= seq) {
            seq = change.seq();
            own = List.of(change.hash());
        }
    }

    /// Changes with these entries, each on top of the one before.
    public List<SealedChange> write(List<LedgerEntry> entries) {
        var deps = new LinkedHashSet<>(own);
        heads.stream().limit(DEPS_MAX).forEach(deps::add);
        var written = new ArrayList<SealedChange>();
        List<ContentHash> on = List.copyOf(deps);
        for (int from = 0; from < entries.size(); from += LedgerCodec.ENTRIES_MAX) {
            int to = Math.min(entries.size(), from + LedgerCodec.ENTRIES_MAX);
            SealedChange change =
                    LedgerChange.write(
                            key, seq + written.size() + 1, on, entries.subList(from, to));
            written.add(change);
            on = List.of(change.hash());
        }
        return written;
    }
}
