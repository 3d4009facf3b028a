package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.SegmentHeader.Distrust;

import java.util.List;

/// A file in use as a segment.
///
/// Invariants: nothing before `end` is written again; records count before `trustedEnd` alone.
final class Segment {
    private final int number;
    private final long tag;
    private final long created;
    private final BlobFile file;
    private final List<Distrust> notes;
    private final boolean filled;
    private volatile int end;
    private volatile int trustedEnd;
    // A record in it is damaged that may be needed, or cannot be read: it is neither compacted nor
    // written to.
    private volatile boolean held;

    /// A file.
    ///
    /// @param filled whether the disk is known to have given it all of its room before it was used
    Segment(
            int number,
            long tag,
            long created,
            BlobFile file,
            List<Distrust> notes,
            int size,
            boolean filled) {
        this.number = number;
        this.tag = tag;
        this.created = created;
        this.file = file;
        this.notes = List.copyOf(notes);
        this.trustedEnd = size;
        this.filled = filled;
    }

    int number() {
        return number;
    }

    long tag() {
        return tag;
    }

    long created() {
        return created;
    }

    BlobFile file() {
        return file;
    }

    /// What its header says of others.
    List<Distrust> notes() {
        return notes;
    }

    boolean isFilled() {
        return filled;
    }

    int end() {
        return end;
    }

    void endAt(int place) {
        end = place;
    }

    int trustedEnd() {
        return trustedEnd;
    }

    /// What was to be written from here on may be there or not, for good.
    void distrustFrom(int place) {
        trustedEnd = Math.min(trustedEnd, place);
    }

    boolean isTrusted(int segmentBytes) {
        return trustedEnd >= segmentBytes;
    }

    boolean isHeld() {
        return held;
    }

    void hold() {
        held = true;
    }
}
