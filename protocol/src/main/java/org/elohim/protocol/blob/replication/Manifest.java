package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What is to be known of a blob's shards: how they were made, and the hash of each, by which
/// whoever gets one knows it for the right one.
public record Manifest(ShardLayout layout, List<ContentHash> shards) {
    public Manifest {
        shards = List.copyOf(shards);
        if (shards.size() != layout.code().shards()) {
            throw new IllegalArgumentException(
                    "shards=" + shards.size() + " of " + layout.code().shards());
        }
    }
}
