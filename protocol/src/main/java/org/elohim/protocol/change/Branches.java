package org.elohim.protocol.change;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/// Which changes continue which of the same actor, where an actor has forked, and who is to be
/// seen.
///
/// Invariants: of the changes that continue the same one (or begin the same actor's history), the
/// one with the lowest hash is the visible one; a change is hidden when it or any ancestor lost
/// that comparison. So the visible changes never contain an actor's seq twice, and both hold
/// whatever the order of arrival.
final class Branches {
    private final ChangeTable table;
    // The visible continuation of a row; for an actor, the visible beginning.
    private int[] continuations = new int[0];
    private int[] beginnings = new int[0];
    private final BitSet losers = new BitSet();

    // Right for the rows before hiddenUpTo; the rest is worked out when somebody asks.
    private final BitSet hidden = new BitSet();
    private int hiddenUpTo;

    Branches(ChangeTable table) {
        this.table = table;
    }

    /// Links a row that was just added.
    void add(int row) {
        continuations = roomFor(continuations, row);
        beginnings = roomFor(beginnings, table.actor(row));
        int rival = visible(table.ownParent(row), table.actor(row));
        if (rival == ChangeTable.NONE) {
            setVisible(row);
        } else if (table.compareHashes(row, rival) < 0) {
            losers.set(rival);
            setVisible(row);
            hiddenUpTo = Math.min(hiddenUpTo, rival);
        } else {
            losers.set(row);
        }
    }

    /// What continues this own parent visibly, or `NONE`.
    int visible(int ownParent, int actor) {
        if (ownParent != ChangeTable.NONE) {
            return ownParent < continuations.length ? continuations[ownParent] : ChangeTable.NONE;
        }
        return actor < beginnings.length ? beginnings[actor] : ChangeTable.NONE;
    }

    private void setVisible(int row) {
        int ownParent = table.ownParent(row);
        if (ownParent == ChangeTable.NONE) {
            beginnings[table.actor(row)] = row;
        } else {
            continuations[ownParent] = row;
        }
    }

    private static int[] roomFor(int[] rows, int index) {
        if (index < rows.length) {
            return rows;
        }
        int[] longer = Arrays.copyOf(rows, index + 8 + index / 4);
        Arrays.fill(longer, rows.length, longer.length, ChangeTable.NONE);
        return longer;
    }

    boolean forked() {
        return !losers.isEmpty();
    }

    List<Fork> forks() {
        var forks = new ArrayList<Fork>();
        for (int row = losers.nextSetBit(0); row >= 0; row = losers.nextSetBit(row + 1)) {
            forks.add(fork(visible(table.ownParent(row), table.actor(row)), row));
        }
        return forks;
    }

    /// The fork between two rows with the same own parent.
    Fork fork(int row, int rival) {
        boolean first = table.compareHashes(row, rival) < 0;
        return new Fork(
                table.actorName(table.actor(row)),
                table.seq(row),
                table.hash(first ? row : rival),
                table.hash(first ? rival : row));
    }

    boolean isHidden(int row) {
        while (forked() && hiddenUpTo < table.count()) {
            hidden.set(hiddenUpTo, losers.get(hiddenUpTo) || buildsOnHidden(hiddenUpTo));
            hiddenUpTo++;
        }
        return hidden.get(row);
    }

    private boolean buildsOnHidden(int row) {
        for (int i = 0; i < table.depCount(row); i++) {
            if (hidden.get(table.dep(row, i))) {
                return true;
            }
        }
        return false;
    }
}
