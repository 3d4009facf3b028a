package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.IndexEntry;
import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.blob.PackRecord;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The files of large blobs that a start has found, beside what the index says of them.
///
/// Invariants: a file that is shorter or longer than its record says passes for no blob.
final class LargeFiles {
    private static final Logger LOG = LoggerFactory.getLogger(LargeFiles.class);

    private final BlobDisk disk;
    private final Segments segments;
    private final Space space;
    private final Set<ContentHash> there;

    LargeFiles(BlobDisk disk, Segments segments, Space space, Set<ContentHash> there) {
        this.disk = disk;
        this.segments = segments;
        this.space = space;
        this.there = Set.copyOf(there);
    }

    /// Marks what has no file, or not all of it, as damaged; returns the files of which no good
    /// record tells.
    List<ContentHash> compare(BlobIndex index) {
        List<ContentHash> orphans = new ArrayList<>();
        for (ContentHash hash : there) {
            OptionalLong size = sizeOf(hash);
            size.ifPresent(space::count);
            Optional<IndexEntry> entry = index.get(hash).filter(IndexEntry::large);
            Optional<PackRecord> record = entry.flatMap(this::recordOf);
            if (record.isEmpty()) {
                entry.ifPresent(known -> index.put(known.asDamaged()));
                orphans.add(hash);
            } else if (size.isPresent()
                    && size.getAsLong() != LargeBlobs.fileBytes(record.get().contentBytes())) {
                LOG.warn("the file of a blob is not as long as it was blob={}", hash);
                entry.ifPresent(known -> index.put(known.asDamaged()));
            }
        }
        for (int slot = 0; slot < index.slots(); slot++) {
            index.at(slot)
                    .filter(entry -> entry.large() && !there.contains(entry.key()))
                    .ifPresent(entry -> index.put(entry.asDamaged()));
        }
        return orphans;
    }

    private OptionalLong sizeOf(ContentHash large) {
        try (BlobFile file = disk.open(FileNames.large(large))) {
            return OptionalLong.of(file.size());
        } catch (IOException failed) {
            LOG.warn("a file cannot be opened blob={} reason={}", large, failed.toString());
            return OptionalLong.empty();
        }
    }

    private Optional<PackRecord> recordOf(IndexEntry large) {
        Optional<Segment> segment = segments.get(large.place().segment());
        if (segment.isEmpty()) {
            return Optional.empty();
        }
        var head = ByteBuffer.allocate(PackFormat.HEAD_BYTES);
        try {
            segment.get().file().read(large.place().offset(), head);
        } catch (IOException failed) {
            LOG.warn("a record cannot be read blob={} reason={}", large.key(), failed.toString());
        }
        return PackFormat.read(head.flip())
                .map(PackFormat.Head::record)
                .filter(record -> BlobReader.isOf(record, large, segment.get()));
    }
}
