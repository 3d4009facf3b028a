package org.elohim.protocol.blob;

import org.elohim.protocol.id.ContentHash;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Makes an index out of records, in whatever order they are found, some of them perhaps twice.
///
/// Invariants: of one blob the highest life counts, of one life the record with the highest
/// sequence; a blob that is gone stays so, whatever is found of its lives up to that.
public final class IndexRebuild {
    private final BlobIndex index;
    private final Map<ContentHash, Long> gone = new HashMap<>();
    // Of blobs whose own record was not found yet.
    private final Map<ContentHash, PackRecord> early = new HashMap<>();
    private long lastSequence;
    private long lastBatch;

    /// @param index what is known already, as of a checkpoint
    public IndexRebuild(BlobIndex index, long lastSequence, long lastBatch) {
        this.index = index;
        this.lastSequence = lastSequence;
        this.lastBatch = lastBatch;
    }

    public void apply(PackRecord record, int offset, boolean isGood) {
        lastSequence = Math.max(lastSequence, Math.max(record.sequence(), record.life()));
        lastBatch = Math.max(lastBatch, record.batch());
        switch (record.kind()) {
            case SMALL, LARGE -> begin(record, offset, isGood);
            case REFERENCES -> refer(record);
            case GONE -> end(record);
        }
    }

    private void begin(PackRecord record, int offset, boolean isGood) {
        if (gone.getOrDefault(record.key(), 0L) >= record.life()) {
            return;
        }
        var found = IndexEntry.of(record, offset, !isGood);
        var present = index.get(record.key());
        if (present.isPresent() && present.get().life() > record.life()) {
            return;
        }
        if (present.isEmpty() || present.get().life() < record.life()) {
            index.put(found);
        } else {
            index.put(better(present.get(), found));
        }
        PackRecord told = early.get(record.key());
        if (told != null && told.life() <= record.life()) {
            early.remove(record.key());
            refer(told);
        }
    }

    // Two copies of one life. The later one may lie in a segment that replaces the other's.
    private static IndexEntry better(IndexEntry present, IndexEntry found) {
        if (found.damaged() && !present.damaged()) {
            return present;
        }
        if (found.sequence() >= present.sequence()) {
            return found;
        }
        // What was told later of its references lies elsewhere and goes on to count.
        return found.withState(present);
    }

    private void refer(PackRecord record) {
        var present = index.get(record.key());
        if (present.isPresent() && present.get().life() == record.life()) {
            if (record.sequence() >= present.get().sequence()) {
                index.put(present.get().withReferencesOf(record));
            }
        } else if (present.isEmpty() || present.get().life() < record.life()) {
            early.merge(record.key(), record, IndexRebuild::later);
        }
    }

    private static PackRecord later(PackRecord one, PackRecord other) {
        boolean isLater =
                one.life() != other.life()
                        ? one.life() > other.life()
                        : one.sequence() > other.sequence();
        return isLater ? one : other;
    }

    private void end(PackRecord record) {
        index.countGone(record.segment(), record.sizeBytes(), record.sequence());
        gone.merge(record.key(), record.life(), Math::max);
        index.get(record.key())
                .filter(present -> present.life() <= record.life())
                .ifPresent(present -> index.remove(present.key()));
    }

    /// What is known once all records were told. What should lie in a segment that is not there is
    /// damaged; so is a blob of whose references alone something was found, because its own record
    /// is lost: whoever puts it again finds them as they were.
    public BlobIndex finish(Set<Integer> segments) {
        early.values().stream()
                .filter(told -> gone.getOrDefault(told.key(), 0L) < told.life())
                .forEach(told -> index.put(IndexEntry.lost(told)));
        for (int slot = 0; slot < index.slots(); slot++) {
            index.at(slot)
                    .filter(entry -> !segments.contains(entry.place().segment()))
                    .ifPresent(entry -> index.put(entry.asDamaged()));
        }
        return index;
    }

    /// Whether a record of this batch may not be on the disk although it can be read: the write
    /// after it began only once it was.
    public long lastBatch() {
        return lastBatch;
    }

    public long lastSequence() {
        return lastSequence;
    }
}
