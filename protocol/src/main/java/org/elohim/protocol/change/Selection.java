package org.elohim.protocol.change;

import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/// Some changes of one graph, in topological order, which is also the order of the journal.
///
/// Invariants: it stays valid while its graph grows, but belongs to the graph's owner like the
/// graph itself. It holds four bytes per change; hashes and locations are made page by page.
public final class Selection {
    private final ChangeTable table;
    private final int[] rows;

    Selection(ChangeTable table, int[] rows) {
        this.table = table;
        this.rows = rows;
    }

    /// Where a change lies: the event's sequence number in the document's journal, the index in it.
    public record Location(ContentHash hash, long journalSequence, int batchIndex, int sizeBytes) {}

    /// Neighbouring events of the journal, to be read at once, and what is wanted of them.
    public record JournalRange(long fromSequence, long toSequence, List<Location> locations) {
        public JournalRange {
            locations = List.copyOf(locations);
        }
    }

    public int size() {
        return rows.length;
    }

    public boolean isEmpty() {
        return rows.length == 0;
    }

    public long sizeBytes() {
        long bytes = 0;
        for (int row : rows) {
            bytes += table.sizeBytes(row);
        }
        return bytes;
    }

    /// The hashes, each made when its turn comes.
    public Stream<ContentHash> stream() {
        return Arrays.stream(rows).mapToObj(table::hash);
    }

    public List<ContentHash> hashes() {
        return hashes(0, size());
    }

    public List<ContentHash> hashes(int from, int to) {
        var hashes = new ArrayList<ContentHash>(to - from);
        for (int i = from; i < to; i++) {
            hashes.add(table.hash(rows[i]));
        }
        return hashes;
    }

    /// Where the changes `from` to `to` lie.
    public List<JournalRange> ranges(int from, int to, long rangeBytesMax) {
        var locations = new ArrayList<Location>();
        for (int i = from; i < to; i++) {
            locations.add(location(table, rows[i]));
        }
        return ranges(locations, rangeBytesMax);
    }

    /// How to read these, which have the order of the journal. A range ends at a gap in the
    /// journal, or before it would hold more than `rangeBytesMax` of wanted changes; an event is
    /// never in two ranges, because it is read as a whole.
    public static List<JournalRange> ranges(List<Location> wanted, long rangeBytesMax) {
        var ranges = new ArrayList<JournalRange>();
        var locations = new ArrayList<Location>();
        long bytes = 0;
        for (Location next : wanted) {
            long before = locations.isEmpty() ? 0 : locations.getLast().journalSequence();
            boolean otherEvent = !locations.isEmpty() && next.journalSequence() > before;
            boolean full = bytes + next.sizeBytes() > rangeBytesMax;
            if (otherEvent && (full || next.journalSequence() > before + 1)) {
                ranges.add(range(locations));
                locations.clear();
                bytes = 0;
            }
            locations.add(next);
            bytes += next.sizeBytes();
        }
        if (!locations.isEmpty()) {
            ranges.add(range(locations));
        }
        return ranges;
    }

    private static JournalRange range(List<Location> locations) {
        return new JournalRange(
                locations.getFirst().journalSequence(),
                locations.getLast().journalSequence(),
                locations);
    }

    static Location location(ChangeTable table, int row) {
        return new Location(
                table.hash(row),
                table.journalSequence(row),
                table.batchIndex(row),
                table.sizeBytes(row));
    }

    Selection filtered(IntPredicate wanted) {
        return new Selection(table, Arrays.stream(rows).filter(wanted).toArray());
    }
}
