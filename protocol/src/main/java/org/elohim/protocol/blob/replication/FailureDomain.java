package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

import java.util.regex.Pattern;

/// Names what fails together: a house, a power strip, a disk shelf.
public record FailureDomain(String name) {
    private static final Pattern NAMES = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    public FailureDomain {
        if (!NAMES.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a name of 1 to 64 letters of A to Z, digits, dots, dashes and underscores");
        }
    }

    /// Of a node of which nobody has said more: it fails alone.
    public static FailureDomain of(NodeId node) {
        return new FailureDomain(node.toString());
    }
}
