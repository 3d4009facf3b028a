package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Who holds what of one blob, as far as it was confirmed.
///
/// Invariants: no node is named that holds nothing.
public record Copies(SortedMap<NodeId, Held> held) {
    public static final Copies NONE = new Copies(Collections.emptySortedMap());

    /// More than anything here promises.
    static final int LOSSES_MAX = 3;

    /// The content is not there any more.
    static final int GONE = -1;

    /// What one node holds.
    public record Held(boolean whole, ShardSet shards) {
        static final Held NOTHING = new Held(false, ShardSet.NONE);

        boolean isNothing() {
            return equals(NOTHING);
        }

        public boolean contains(Piece piece) {
            return piece.isWhole() ? whole : shards.contains(piece.number());
        }

        Held with(Piece piece) {
            return piece.isWhole()
                    ? new Held(true, shards)
                    : new Held(whole, shards.with(piece.number()));
        }

        Held without(Piece piece) {
            return piece.isWhole()
                    ? new Held(false, shards)
                    : new Held(whole, shards.without(ShardSet.of(piece.number())));
        }

        /// In their order.
        public Set<Piece> pieces() {
            if (shards.count() == 0) {
                return whole ? Set.of(Piece.WHOLE) : Set.of();
            }
            var pieces = new TreeSet<Piece>();
            if (whole) {
                pieces.add(Piece.WHOLE);
            }
            shards.shards().mapToObj(Piece::shard).forEach(pieces::add);
            return pieces;
        }
    }

    public Copies {
        held = Collections.unmodifiableSortedMap(new TreeMap<>(held));
    }

    public Set<NodeId> nodes() {
        return held.keySet();
    }

    public Held at(NodeId node) {
        return held.getOrDefault(node, Held.NOTHING);
    }

    public boolean contains(NodeId node, Piece piece) {
        return at(node).contains(piece);
    }

    public Copies with(NodeId node, Piece piece) {
        return replaced(node, at(node).with(piece));
    }

    public Copies without(NodeId node, Piece piece) {
        return replaced(node, at(node).without(piece));
    }

    public Copies without(NodeId node) {
        return replaced(node, Held.NOTHING);
    }

    private Copies replaced(NodeId node, Held now) {
        if (now.equals(at(node))) {
            return this;
        }
        var changed = new TreeMap<>(held);
        if (now.isNothing()) {
            changed.remove(node);
        } else {
            changed.put(node, now);
        }
        return new Copies(changed);
    }

    /// What lies at the nodes of which this is true.
    public Copies at(Predicate<NodeId> which) {
        // Mostly all of them: everybody is here.
        if (held.keySet().stream().allMatch(which)) {
            return this;
        }
        var chosen = new TreeMap<>(held);
        chosen.keySet().removeIf(which.negate());
        return new Copies(chosen);
    }

    /// Without the whole ones.
    public Copies shardsOnly() {
        var shards = new TreeMap<NodeId, Held>();
        held.forEach(
                (node, what) -> {
                    if (what.shards().count() > 0) {
                        shards.put(node, new Held(false, what.shards()));
                    }
                });
        return new Copies(shards);
    }

    public int wholes() {
        return (int) held.values().stream().filter(Held::whole).count();
    }

    /// The shards that are somewhere.
    public ShardSet shards() {
        return new ShardSet(
                held.values().stream()
                        .mapToInt(what -> what.shards().bits())
                        .reduce(0, (a, b) -> a | b));
    }

    public boolean isRebuildable(ErasureCode code) {
        return wholes() > 0 || shards().count() >= code.dataShards();
    }

    /// How many nodes may be lost, whichever they are, so that the content can still be had; no
    /// more than [#LOSSES_MAX] is told, and [#GONE] where it cannot be had even now.
    public int losses(ErasureCode code) {
        if (!isRebuildable(code)) {
            return GONE;
        }
        // Nothing is lost before all whole copies are, so whoever wants to lose it begins there.
        int wholes = wholes();
        List<Integer> others = new ArrayList<>();
        for (Held what : held.values()) {
            if (!what.whole()) {
                others.add(what.shards().bits());
            }
        }
        for (int lost = wholes; lost <= LOSSES_MAX; lost++) {
            if (canBeLost(others, 0, 0, lost - wholes, code.dataShards())) {
                return lost - 1;
            }
        }
        return LOSSES_MAX;
    }

    // Whether so many more of those from here on can be lost that too few shards are left.
    private static boolean canBeLost(
            List<Integer> shards, int from, int kept, int losses, int needed) {
        if (Integer.bitCount(kept) >= needed) {
            return false;
        }
        if (from == shards.size()) {
            return true;
        }
        return canBeLost(shards, from + 1, kept | shards.get(from), losses, needed)
                || (losses > 0 && canBeLost(shards, from + 1, kept, losses - 1, needed));
    }
}
