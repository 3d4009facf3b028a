package org.elohim.client.blob;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;

/// What became of bringing a blob to a node.
public sealed interface BlobPut {
    /// The node has it.
    ///
    /// @param reach how far it may travel at least, as the node says
    /// @param tier how safe it is
    /// @param whyNotMore in words, where less was reached than was wanted; else empty
    record Kept(ContentHash hash, long sizeBytes, Reach reach, Tier tier, String whyNotMore)
            implements BlobPut {}

    /// The node does not take it, and why; trying again is of no use before that has changed.
    record Refused(String reason) implements BlobPut {}

    /// The node cannot be reached, or cannot take it just now. The next try goes on with what has
    /// come, as long as the node keeps that.
    record Unreachable(String reason) implements BlobPut {}
}
