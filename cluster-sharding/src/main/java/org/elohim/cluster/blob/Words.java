package org.elohim.cluster.blob;

import org.elohim.protocol.blob.replication.BlobReplication;
import org.elohim.protocol.blob.replication.Sight;

/// Why a blob is not durable, for a person.
final class Words {
    private Words() {}

    static String whyNotDurable(BlobReplication blob, Sight sight) {
        int others = sight.nodes().size() - 1;
        if (others == 0) {
            return "this node is the only full one of its family; a second one makes it durable";
        }
        long away = sight.nodes().values().stream().filter(seen -> !seen.isHere()).count();
        long full =
                sight.nodes().values().stream()
                        .filter(seen -> seen.isHere() && !seen.hasRoom())
                        .count();
        return "%d of %d nodes hold some of it; %d cannot be reached, %d have no room"
                .formatted(blob.copies().nodes().size(), others + 1, away, full);
    }
}
