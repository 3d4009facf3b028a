package org.elohim.node.blob;

import org.elohim.protocol.blob.BlobIndex;
import org.elohim.protocol.blob.Checkpoint;

import java.io.IOException;
import java.util.Optional;

/// Where the index of blobs is written down from time to time, so that a start need not read all
/// segments.
///
/// Invariants: what is loaded was written as a whole, or counts for nothing; whatever is wrong with
/// it costs a longer start and no blob.
interface CheckpointStore {
    /// A whole one.
    record Loaded(Checkpoint checkpoint, BlobIndex index) {}

    /// What there is; something that is there and not whole may be whole the next time.
    record Loading(boolean isThere, Optional<Loaded> whole) {
        static final Loading NOTHING = new Loading(false, Optional.empty());
        static final Loading DAMAGED = new Loading(true, Optional.empty());
    }

    /// Reads what was written last.
    ///
    /// @param seed of the index that is made
    Loading load(long seed);

    /// Takes the place of the one before. Afterwards one of the two is there, also where this has
    /// failed.
    void write(Checkpoint checkpoint, SharedIndex index) throws IOException;
}
