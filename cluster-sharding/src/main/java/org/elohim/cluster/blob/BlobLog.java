package org.elohim.cluster.blob;

import org.elohim.cluster.journal.InParts;
import org.elohim.cluster.journal.Journaled;
import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Frozen;
import org.elohim.protocol.blob.replication.Recorded;
import org.elohim.protocol.blob.replication.Replications;
import org.elohim.protocol.blob.replication.Replications.Numbered;
import org.elohim.protocol.id.NodeId;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What a node's journal holds of its blobs: one log for all of them, in batches.
///
/// Invariants: a row holds whatever was decided together, so that its cost is shared by all blobs
/// in it.
public final class BlobLog {
    private BlobLog() {}

    /// What happened.
    public sealed interface Event extends Journaled {
        /// To many blobs, since the row before.
        record Written(NodeId self, Recorded recorded) implements Event {}
    }

    /// Some of the blobs, in the order of their numbers; of a snapshot that is read page by page.
    public record Page(NodeId self, long lastNumber, List<Numbered> blobs) implements InParts.Part {
        public Page {
            blobs = List.copyOf(blobs);
        }

        @Override
        public Replications joinedTo(Optional<Object> before) {
            Replications all =
                    before.map(Replications.class::cast).orElseGet(() -> new Replications(self));
            all.restore(lastNumber, blobs);
            return all;
        }
    }

    /// All of them at a moment.
    record Pages(NodeId self, Frozen blobs) implements InParts {
        // Where they are coded that is more than a third of a megabyte, else far less.
        static final int PAGE_BLOBS = 1_000;

        @Override
        public Iterator<Page> parts() {
            Page first = page(0);
            return first.blobs().isEmpty()
                    ? List.of(first).iterator()
                    : Stream.iterate(
                                    first,
                                    page -> !page.blobs().isEmpty(),
                                    page -> page(page.blobs().getLast().number()))
                            .iterator();
        }

        private Page page(long after) {
            return new Page(self, blobs.lastNumber(), blobs.after(after, PAGE_BLOBS));
        }
    }

    /// All blobs by their numbers, as they were written once: it is read still.
    public record Snapshot(NodeId self, long lastNumber, SortedMap<Long, BlobReplication> blobs)
            implements Journaled {
        public Snapshot {
            blobs = Collections.unmodifiableSortedMap(new TreeMap<>(blobs));
        }

        Replications restored() {
            var all = new Replications(self);
            blobs.forEach(
                    (number, blob) -> all.restore(lastNumber, List.of(new Numbered(number, blob))));
            return all;
        }
    }
}
