package org.elohim.client.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Who holds what of a blob.
public sealed interface BlobWhere {
    /// As the node knows it.
    ///
    /// @param reach how far it may travel; nothing where the node does not say
    /// @param unheard the nodes that could not be asked
    record Held(
            ContentHash hash,
            long sizeBytes,
            Optional<Reach> reach,
            Tier tier,
            List<Holder> holders,
            List<String> unheard)
            implements BlobWhere {
        public Held {
            holders = List.copyOf(holders);
            unheard = List.copyOf(unheard);
        }
    }

    /// A node that has something of it.
    ///
    /// @param pieces `whole`, or `shard` and a number
    /// @param confirmed whether it says so itself, now
    /// @param goodSince when at the latest it has read them from its disk and found them good;
    ///   nothing where it has not looked yet
    record Holder(
            String node, List<String> pieces, boolean confirmed, Optional<Instant> goodSince) {
        public Holder {
            pieces = List.copyOf(pieces);
        }
    }

    /// The node knows of no such blob.
    record Absent() implements BlobWhere {}

    /// The node does not say, and why.
    record Refused(String reason) implements BlobWhere {}

    /// The node cannot be reached.
    record Unreachable(String reason) implements BlobWhere {}
}
