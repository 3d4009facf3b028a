package org.elohim.protocol.change;

import java.util.BitSet;

/// Finds the change of the same actor that a new one continues.
///
/// Invariants: the answer follows from the change and its ancestors alone, never from the order in
/// which they came.
///
/// Automerge names an actor's last change among the deps of its next, so one look at the deps
/// nearly always answers. It does not promise that, and an isolated edit may reach its actor's last
/// change through others, so the ancestors are searched before a change is refused.
final class OwnParents {
    /// There is none among the ancestors, and as a change names its ancestors, there never will be.
    static final int GAP = -2;

    /// The steps allowed are used up.
    static final int TOO_FAR = -3;

    private final ChangeTable table;
    private long steps;

    OwnParents(ChangeTable table) {
        this.table = table;
    }

    /// The own parent of a change, `ChangeTable.NONE` for the first one of its actor.
    ///
    /// @param forked whether any actor has forked: else the first find is the only one
    /// @param stepsMax how many steps all searches so far may have taken together
    int find(Change change, int[] depRows, boolean forked, long stepsMax) {
        if (change.seq() == 1) {
            return ChangeTable.NONE;
        }
        int actor = table.actorNumber(change.actor());
        if (actor == ChangeTable.NONE) {
            return GAP;
        }
        int parent = GAP;
        for (int row : depRows) {
            parent = better(parent, row, actor, change.seq() - 1);
        }
        return parent == GAP ? search(actor, change.seq() - 1, depRows, forked, stepsMax) : parent;
    }

    private int search(int actor, long seq, int[] depRows, boolean forked, long stepsMax) {
        // Nothing before the actor's first row can be of that actor.
        int lowest = table.actorFirstRow(actor);
        var pending = new BitSet();
        for (int row : depRows) {
            if (row >= lowest) {
                pending.set(row - lowest);
            }
        }
        int parent = GAP;
        for (int bit = pending.length() - 1; bit >= 0; bit = pending.previousSetBit(bit - 1)) {
            if (steps++ >= stepsMax) {
                return TOO_FAR;
            }
            int row = bit + lowest;
            parent = better(parent, row, actor, seq);
            if (parent != GAP && !forked) {
                return parent;
            }
            for (int i = 0; i < table.depCount(row); i++) {
                if (table.dep(row, i) >= lowest) {
                    pending.set(table.dep(row, i) - lowest);
                }
            }
        }
        return parent;
    }

    // A change may have both sides of a fork behind it; any rule does that all nodes share.
    private int better(int parent, int row, int actor, long seq) {
        if (table.actor(row) != actor || table.seq(row) != seq) {
            return parent;
        }
        return parent == GAP || table.compareHashes(row, parent) < 0 ? row : parent;
    }
}
