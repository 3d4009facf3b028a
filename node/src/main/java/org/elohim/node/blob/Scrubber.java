package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.IndexEntry.Place;
import org.elohim.protocol.blob.Scrub;
import org.elohim.protocol.blob.ScrubBatch;
import org.elohim.protocol.blob.ScrubCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Looks at all blobs in turn, so that what the disk has lost is known while others still have it.
///
/// Reads as every reader does, holds no lock that writers want, and waits for its pace before each
/// read. One thread at a time.
///
/// Invariants: whatever cuts it off, no blob is passed over by a pass; what was looked at since the
/// last save is looked at again.
final class Scrubber {
    private static final Logger LOG = LoggerFactory.getLogger(Scrubber.class);
    // Going once through the index is to cost little for each.
    private static final int BATCH_BLOBS = 4096;
    // What a kill makes it look at again.
    private static final long SAVE_SECONDS = 60;

    private final SharedIndex index;
    private final Segments segments;
    private final BlobReader reader;
    private final PackWriter writer;
    private final ScrubFile file;
    private final ScrubCycle cycle;
    private final InstantSource clock;
    private final RandomGenerator random;
    private volatile Scrub scrub;
    private final long healedBefore;
    private long saved;

    Scrubber(
            SharedIndex index,
            Segments segments,
            BlobReader reader,
            PackWriter writer,
            ScrubFile file,
            ScrubCycle cycle,
            InstantSource clock,
            RandomGenerator random) {
        this.index = index;
        this.segments = segments;
        this.reader = reader;
        this.writer = writer;
        this.file = file;
        this.cycle = cycle;
        this.clock = clock;
        this.random = random;
        this.scrub = file.load().orElseGet(() -> Scrub.begin(now(), cycle, random));
        this.healedBefore = scrub.healed();
        this.saved = now();
    }

    Scrub scrub() {
        return scrub.withHealed(healedBefore + writer.healed());
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /// How many seconds nothing is to be done.
    long rest() {
        return scrub.rest(now(), cycle);
    }

    /// Looks at what is due, at this pace, and writes down how far it came.
    void run(Pace pace) throws IOException {
        if (scrub.rest(now(), cycle) > 0) {
            return;
        }
        if (scrub.pass().isEmpty()) {
            int newest = segments.used().stream().mapToInt(Segment::number).max().orElse(0);
            scrub = scrub.withPass(now(), newest, cycle);
            // Whoever repairs may have begun after it was found, or have failed.
            index.forEachDamaged(reader::tell);
        }
        try {
            boolean isEnded = false;
            while (!isEnded && pace.allows(0)) {
                List<IndexEntry> batch = next(scrub.pass().orElseThrow());
                isEnded = batch.isEmpty();
                if (!look(batch, pace)) {
                    return;
                }
            }
            if (isEnded) {
                end();
            }
        } finally {
            save();
        }
    }

    private List<IndexEntry> next(Scrub.Pass pass) {
        var batch = new ScrubBatch(pass.after(), pass.untilSegment(), BATCH_BLOBS);
        int slots = index.read(BlobIndex::slots);
        for (int from = 0; from < slots; from += BlobIndex.CHUNK_SLOTS) {
            int first = from;
            int last = Math.min(slots, from + BlobIndex.CHUNK_SLOTS);
            // In parts: whoever writes waits for whoever reads the index.
            index.read(
                    held -> {
                        batch.offer(held, first, last);
                        return last;
                    });
        }
        return batch.inOrder();
    }

    // `false` where the pace ends it.
    private boolean look(List<IndexEntry> batch, Pace pace) throws IOException {
        for (IndexEntry entry : batch) {
            Place place = entry.place();
            if (!pace.allows(entry.recordBytes())) {
                return false;
            }
            Optional<BlobReader.Look> look =
                    reader.look(entry, scrub.pass().orElseThrow().full(), pace);
            if (look.isEmpty()) {
                return false;
            }
            scrub = scrub.looked(place, look.get().finding(), look.get().bytes());
            // Also where the clock was put back.
            if (Math.abs(now() - saved) >= SAVE_SECONDS) {
                save();
            }
        }
        return true;
    }

    private void end() {
        Scrub.Tally tally = scrub.pass().orElseThrow().tally();
        if (tally.damaged() + tally.unreadable() > 0) {
            LOG.warn(
                    "blobs are damaged or cannot be read; looked={} damaged={} unreadable={}",
                    tally.blobs(),
                    tally.damaged(),
                    tally.unreadable());
        }
        scrub = scrub.ended(now(), cycle, random);
    }

    private void save() throws IOException {
        saved = now();
        file.save(scrub());
    }
}
