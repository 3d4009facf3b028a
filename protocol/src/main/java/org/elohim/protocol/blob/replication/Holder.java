package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

/// A full node of the family, as somebody who can keep pieces of blobs.
///
/// @param domain names what fails together: a house, a power strip. Where nobody has said more, a
///   node is its own
/// @param capacityBytes what it can keep in all; one of twice the size gets twice the pieces
public record Holder(NodeId node, String domain, long capacityBytes) {
    public Holder {
        if (domain.isBlank() || capacityBytes < 1) {
            throw new IllegalArgumentException(
                    "domain=\"" + domain + "\" capacity bytes=" + capacityBytes);
        }
    }
}
