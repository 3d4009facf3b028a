package org.elohim.node.blob;

import org.elohim.node.blob.BlobDisk.BlobFile;
import org.elohim.protocol.blob.Scrub;
import org.elohim.protocol.blob.ScrubCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/// Where it is written down how far the scrub has come.
///
/// Invariants: the file is the last one that was saved, or the one before, whatever crashes; what
/// is damaged in it costs beginning the pass anew, and nothing else.
final class ScrubFile {
    private static final Logger LOG = LoggerFactory.getLogger(ScrubFile.class);
    static final String NAME = "scrub";
    private static final String UNFINISHED = NAME + ".new";

    private final BlobDisk disk;

    ScrubFile(BlobDisk disk) {
        this.disk = disk;
    }

    Optional<Scrub> load() {
        try (BlobFile file = disk.open(NAME)) {
            // One byte more than there should be.
            var bytes = ByteBuffer.allocate(ScrubCodec.SIZE_BYTES + 1);
            file.read(0, bytes);
            Optional<Scrub> scrub = ScrubCodec.decode(bytes.flip());
            if (scrub.isEmpty()) {
                LOG.warn("how far the scrub of blobs has come is damaged, so it begins anew");
            }
            return scrub;
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException failed) {
            LOG.warn(
                    "how far the scrub of blobs has come cannot be read, so it begins anew"
                            + " reason={}",
                    failed.toString());
            return Optional.empty();
        }
    }

    void save(Scrub scrub) throws IOException {
        deleteUnfinished();
        try (BlobFile file = disk.create(UNFINISHED)) {
            file.write(0, ScrubCodec.encode(scrub));
            file.sync();
        }
        disk.replace(UNFINISHED, NAME);
        disk.syncDirectory();
    }

    // Of an earlier try that has failed.
    private void deleteUnfinished() throws IOException {
        try {
            disk.delete(UNFINISHED);
        } catch (NoSuchFileException none) {
            LOG.trace("nothing was left of an earlier try", none);
        }
    }
}
