package org.elohim.protocol.blob;

import org.elohim.protocol.blob.IndexEntry.Place;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The next blobs that a scrub looks at, in the order in which they lie on the disk: so a disk
/// whose head moves reads on instead of seeking.
///
/// The index knows no such order, and one more table of it would cost memory for ever; going
/// through it once for some thousands of blobs costs little beside reading those.
///
/// Invariants: never more than `max`, and none that lies behind one that was left out. What is
/// known to be damaged is not among them: there is nothing to be found out.
public final class ScrubBatch {
    private static final Comparator<IndexEntry> LAST_FIRST =
            Comparator.<IndexEntry>comparingLong(entry -> place(entry.place())).reversed();

    private final long after;
    private final int untilSegment;
    private final int max;
    private final PriorityQueue<IndexEntry> chosen = new PriorityQueue<>(LAST_FIRST);
    private long last;

    public ScrubBatch(Place after, int untilSegment, int max) {
        this.after = place(after);
        this.untilSegment = untilSegment;
        this.max = max;
        this.last = Long.MAX_VALUE;
    }

    private static long place(Place place) {
        return ((long) place.segment() << Integer.SIZE) | place.offset();
    }

    /// Goes through these slots of the index.
    public void offer(BlobIndex index, int fromSlot, int toSlot) {
        for (int slot = fromSlot; slot < toSlot; slot++) {
            long place = index.placeOfGood(slot);
            if (place > after && place < last && place >>> Integer.SIZE <= untilSegment) {
                index.at(slot).ifPresent(this::choose);
            }
        }
    }

    private void choose(IndexEntry entry) {
        chosen.add(entry);
        if (chosen.size() > max) {
            chosen.poll();
        }
        if (chosen.size() == max) {
            last = place(chosen.element().place());
        }
    }

    public List<IndexEntry> inOrder() {
        var ordered = new ArrayList<>(chosen);
        ordered.sort(LAST_FIRST.reversed());
        return ordered;
    }
}
