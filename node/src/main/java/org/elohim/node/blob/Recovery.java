package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.IndexRebuild;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.blob.PackScanner;
import org.elohim.protocol.blob.SegmentHeader;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds out at a start what the disk holds, by the last checkpoint and what was written since, or
/// by everything.
///
/// Invariants: what was acknowledged is in the index, or told to be damaged; nothing else than
/// whole blobs is in it; what it holds is on the disk, also where the process before was killed
/// between writing and syncing. What cannot be read keeps nothing else from being found, and what
/// was lost is said to be: see [Found#isDoubtful]. A crash at any point of this is a crash like any
/// other.
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /// What was found.
    ///
    /// @param checkpointSequence blobs that were gone by then may be told of by no checkpoint
    /// @param orphans files of large blobs of which no good record tells
    /// @param unfinished what is there of large blobs that may be gone on with, and how long that
    ///   is
    /// @param scannedBytes of segments
    /// @param isDoubtful whether something was lost that may have told of a blob
    record Found(
            BlobIndex index,
            long lastSequence,
            long lastBatch,
            long checkpointSequence,
            List<ContentHash> orphans,
            Map<UnfinishedBlobs.Name, Long> unfinished,
            long scannedBytes,
            boolean isDoubtful) {}

    private record Placed(PackRecord record, int offset) {}

    private final BlobDisk disk;
    private final CheckpointStore checkpoints;
    private final Segments segments;
    private final Space space;
    private final int segmentBytes;
    private final long seed;

    private final Map<Integer, SegmentHeader> headers = new HashMap<>();
    private final Set<ContentHash> largeFiles = new HashSet<>();
    private final Map<UnfinishedBlobs.Name, Long> unfinished = new HashMap<>();
    // With a damaged content: of the last write they may be what a crash has left of it.
    private final List<Placed> damaged = new ArrayList<>();
    private Optional<Placed> last = Optional.empty();
    private long scannedBytes;
    private boolean isDoubtful;

    Recovery(
            BlobDisk disk, CheckpointStore checkpoints, Segments segments, Space space, long seed) {
        this.disk = disk;
        this.checkpoints = checkpoints;
        this.segments = segments;
        this.space = space;
        this.segmentBytes = segments.segmentBytes();
        this.seed = seed;
    }

    Found run() throws IOException {
        CheckpointStore.Loading loading = checkpoints.load(seed);
        Optional<CheckpointStore.Loaded> loaded = loading.whole();
        Map<Integer, Checkpoint.Segment> covered = new HashMap<>();
        loaded.ifPresent(
                found ->
                        found.checkpoint()
                                .segments()
                                .forEach(each -> covered.put(each.number(), each)));
        openFiles(covered);
        distrust(covered);
        // The process before may have died between giving a name and making it certain; what
        // follows builds on all the names that are there, and takes some of the others away.
        disk.syncDirectory();
        finishCompactions();

        BlobIndex index =
                loaded.map(CheckpointStore.Loaded::index).orElseGet(() -> new BlobIndex(seed));
        // One that cannot be read today perhaps can tomorrow.
        long checkpointSequence =
                loaded.map(found -> found.checkpoint().lastSequence())
                        .orElse(loading.isThere() ? 0L : Long.MAX_VALUE);
        var rebuild =
                new IndexRebuild(
                        index,
                        loaded.map(found -> found.checkpoint().lastSequence()).orElse(0L),
                        loaded.map(found -> found.checkpoint().lastBatch()).orElse(0L));
        scanAll(rebuild, index, covered);
        for (Placed each : damaged) {
            long batch = each.record().batch();
            if (batch == 0 || batch < rebuild.lastBatch()) {
                rebuild.apply(each.record(), each.offset(), false);
            } else {
                voidRecord(each);
            }
        }
        Set<Integer> numbers = new HashSet<>();
        long lastSequence = rebuild.lastSequence();
        for (Segment segment : segments.used()) {
            numbers.add(segment.number());
            lastSequence = Math.max(lastSequence, segment.created());
        }
        rebuild.finish(numbers);
        List<ContentHash> orphans =
                new LargeFiles(disk, segments, space, largeFiles).compare(index);
        writeLastAgain(rebuild.lastBatch());
        reopen();
        return new Found(
                index,
                lastSequence,
                rebuild.lastBatch(),
                checkpointSequence,
                orphans,
                unfinished,
                scannedBytes,
                isDoubtful);
    }

    private void openFiles(Map<Integer, Checkpoint.Segment> covered) throws IOException {
        covered.keySet().forEach(segments::skipTo);
        for (String name : disk.list()) {
            if (FileNames.isUnfinished(name)) {
                disk.delete(name);
                continue;
            }
            var used = FileNames.segmentNumber(name);
            var free = FileNames.freeNumber(name);
            var part = FileNames.partName(name);
            if (used.isPresent()) {
                segments.skipTo(used.getAsInt());
                openSegment(used.getAsInt(), Optional.ofNullable(covered.get(used.getAsInt())));
            } else if (free.isPresent()) {
                segments.skipTo(free.getAsInt());
                openFree(name, free.getAsInt());
            } else if (part.isPresent()) {
                openPart(name, part.get());
            } else {
                FileNames.largeHash(name).ifPresent(largeFiles::add);
            }
        }
    }

    // What of it is good is found out by whoever goes on with it.
    private void openPart(String name, UnfinishedBlobs.Name part) throws IOException {
        long bytes;
        try (BlobFile file = disk.open(name)) {
            bytes = file.size();
        } catch (IOException failed) {
            LOG.warn("what came of a blob is lost file={} reason={}", name, failed.toString());
            return;
        }
        if (bytes < LargeBlobs.FRAMED_BYTES) {
            disk.delete(name);
        } else {
            space.count(bytes);
            unfinished.put(part, bytes);
        }
    }

    private void openFree(String name, int number) throws IOException {
        BlobFile file = disk.open(name);
        if (file.size() == segmentBytes) {
            segments.adoptFree(new Segments.Free(number, file, true));
        } else {
            file.close();
            disk.delete(name);
        }
    }

    private void openSegment(int number, Optional<Checkpoint.Segment> covered) throws IOException {
        BlobFile file = disk.open(FileNames.segment(number));
        var bytes = ByteBuffer.allocate(SegmentHeader.SIZE_BYTES);
        Salvage.read(file, 0, bytes);
        bytes.flip();
        Optional<SegmentHeader> header =
                SegmentHeader.decode(bytes).filter(read -> read.number() == number);
        header.ifPresent(read -> headers.put(number, read));
        int size = (int) Math.min(file.size(), Integer.MAX_VALUE);
        long tag;
        long created;
        if (header.isPresent()) {
            tag = header.get().tag();
            created = header.get().created();
        } else {
            LOG.warn("the header of a segment of blobs is damaged segment={}", number);
            tag =
                    covered.isPresent()
                            ? covered.get().tag()
                            : new PackScanner()
                                    .tagOf(
                                            number,
                                            SegmentHeader.SIZE_BYTES,
                                            size,
                                            (position, into) -> Salvage.read(file, position, into))
                                    .orElse(0L);
            // As if everything could lie there: nothing is forgotten because of it.
            created = covered.map(Checkpoint.Segment::created).orElse(0L);
        }
        var segment =
                new Segment(
                        number,
                        tag,
                        created,
                        file,
                        header.map(SegmentHeader::distrusted).orElse(List.of()),
                        Math.max(size, segmentBytes),
                        false);
        segment.endAt(Math.min(size, SegmentHeader.SIZE_BYTES));
        if (header.isEmpty() || size != segmentBytes) {
            // Somebody else's, or damaged: read as it is, and never written to or used again.
            segment.hold();
            isDoubtful = true;
        }
        segments.adopt(segment);
    }

    /// Whoever replaces others has its name only once it holds all that was alive in them.
    private void finishCompactions() throws IOException {
        for (SegmentHeader header : headers.values()) {
            for (int replaced : header.replaces()) {
                Optional<Segment> left = segments.get(replaced);
                if (left.isPresent()) {
                    segments.release(left.get());
                }
            }
        }
    }

    private void distrust(Map<Integer, Checkpoint.Segment> covered) {
        for (Segment segment : segments.used()) {
            segment.notes()
                    .forEach(
                            note ->
                                    segments.get(note.segment())
                                            .ifPresent(other -> other.distrustFrom(note.from())));
            Checkpoint.Segment known = covered.get(segment.number());
            if (known != null && known.tag() == segment.tag()) {
                segment.distrustFrom(known.trustedEnd());
            }
        }
    }

    private void scanAll(
            IndexRebuild rebuild, BlobIndex index, Map<Integer, Checkpoint.Segment> covered)
            throws IOException {
        var scanner = new PackScanner();
        List<Segment> inOrder =
                segments.used().stream().sorted(Comparator.comparingInt(Segment::number)).toList();
        for (Segment segment : inOrder) {
            Checkpoint.Segment known = covered.get(segment.number());
            int from = SegmentHeader.SIZE_BYTES;
            if (known != null && known.tag() == segment.tag()) {
                from = known.covered();
                index.countGone(segment.number(), known.goneBytes(), known.newestGone());
            }
            int size = (int) Math.min(segment.file().size(), Integer.MAX_VALUE);
            int to = Math.min(size, segment.trustedEnd());
            segment.endAt(Math.min(from, to));
            scannedBytes += Math.max(0, to - from);
            scanner.scan(
                    segment.number(),
                    segment.tag(),
                    from,
                    to,
                    (position, into) -> readOrHold(segment, position, into),
                    new Finding(segment, rebuild));
        }
    }

    private void readOrHold(Segment segment, long position, ByteBuffer into) throws IOException {
        if (!Salvage.read(segment.file(), position, into)) {
            LOG.warn("a segment of blobs cannot be read as a whole segment={}", segment.number());
            segment.hold();
            isDoubtful = true;
        }
    }

    private final class Finding implements PackScanner.Visitor {
        private final Segment segment;
        private final IndexRebuild rebuild;

        Finding(Segment segment, IndexRebuild rebuild) {
            this.segment = segment;
            this.rebuild = rebuild;
        }

        @Override
        public void found(PackRecord record, int offset, ByteBuffer content, boolean isGood) {
            segment.endAt(offset + record.sizeBytes());
            if (!isGood) {
                damaged.add(new Placed(record, offset));
                return;
            }
            rebuild.apply(record, offset, true);
            if (last.filter(one -> one.record().batch() >= record.batch()).isEmpty()) {
                last = Optional.of(new Placed(record, offset));
            }
        }

        @Override
        public void lost(int from, int to) {
            LOG.warn(
                    "records of blobs are lost, or were never finished segment={} from={} to={}",
                    segment.number(),
                    from,
                    to);
            isDoubtful = true;
        }
    }

    /// A process may have been killed between writing and syncing, and the system shows what it has
    /// not on the disk. The write after one begins only once that one is there, so this is the only
    /// one in doubt. It is written again, since a sync alone may have failed before.
    private void writeLastAgain(long lastBatch) throws IOException {
        if (last.isEmpty() || last.get().record().batch() != lastBatch || lastBatch == 0) {
            return;
        }
        PackRecord record = last.get().record();
        Optional<Segment> found = segments.get(record.segment());
        if (found.isEmpty()) {
            return;
        }
        Segment segment = found.get();
        int at = record.batchStart();
        var bytes = ByteBuffer.allocate(1 << 20);
        while (at < segment.end()) {
            bytes.clear().limit(Math.min(bytes.capacity(), segment.end() - at));
            if (!Salvage.read(segment.file(), at, bytes)) {
                // What was read of it a moment ago may be all that there is.
                segment.hold();
                isDoubtful = true;
                return;
            }
            bytes.flip();
            segment.file().write(at, bytes.duplicate());
            at += bytes.limit();
        }
        segment.file().sync();
    }

    /// What a crash has left of a write that nobody was told of must not be taken for a damaged
    /// blob once other writes have followed.
    private void voidRecord(Placed torn) throws IOException {
        Optional<Segment> segment = segments.get(torn.record().segment());
        if (segment.isPresent()) {
            segment.get().file().write(torn.offset(), ByteBuffer.allocate(PackFormat.HEAD_BYTES));
            segment.get().file().sync();
        }
    }

    private void reopen() {
        for (Segment segment : segments.used()) {
            if (segment.isTrusted(segmentBytes)
                    && !segment.isHeld()
                    && segmentBytes - segment.end() > PackFormat.HEAD_BYTES) {
                segments.reopen(segment);
            }
        }
    }
}
