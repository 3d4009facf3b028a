package org.elohim.protocol.change;

import java.util.Arrays;
import java.util.BitSet;

/// Walks a graph from changes towards what they build on.
///
/// Every walk goes from later rows to earlier ones: deps are earlier rows, so when a row's turn
/// comes, all that is to be known of it is known, and a walk can end early.
final class Ancestry {
    private final ChangeTable table;

    Ancestry(ChangeTable table) {
        this.table = table;
    }

    /// The rows given and all that they build on, in row order.
    int[] closure(int[] rows) {
        return difference(rows, new int[0]);
    }

    /// The closure of `ours` without the closure of `theirs`, in row order.
    ///
    /// What both have is walked only as far as ours reaches back, so one missing change in a long
    /// history costs a few steps.
    int[] difference(int[] ours, int[] theirs) {
        var pending = new BitSet(table.count());
        var shared = new BitSet(table.count());
        for (int row : theirs) {
            pending.set(row);
            shared.set(row);
        }
        int oursPending = 0;
        for (int row : ours) {
            if (!pending.get(row)) {
                pending.set(row);
                oursPending++;
            }
        }
        var missing = new RowList();
        int row = pending.length();
        while (oursPending > 0) {
            row = pending.previousSetBit(row - 1);
            boolean isShared = shared.get(row);
            if (!isShared) {
                oursPending--;
                missing.add(row);
            }
            for (int i = 0; i < table.depCount(row); i++) {
                int dep = table.dep(row, i);
                boolean wasPending = pending.get(dep);
                pending.set(dep);
                if (isShared) {
                    oursPending -= wasPending && !shared.get(dep) ? 1 : 0;
                    shared.set(dep);
                } else if (!wasPending) {
                    oursPending++;
                }
            }
        }
        return missing.reversed();
    }

    private static final class RowList {
        private int[] rows = new int[16];
        private int count;

        void add(int row) {
            if (count == rows.length) {
                rows = Arrays.copyOf(rows, 2 * count);
            }
            rows[count++] = row;
        }

        int[] reversed() {
            int[] reversed = new int[count];
            for (int i = 0; i < count; i++) {
                reversed[i] = rows[count - 1 - i];
            }
            return reversed;
        }
    }
}
