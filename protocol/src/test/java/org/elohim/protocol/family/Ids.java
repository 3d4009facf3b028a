package org.elohim.protocol.family;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;

/// Nodes in the order of their numbers.
final class Ids {
    private Ids() {}

    static NodeId node(int number) {
        byte[] key = new byte[32];
        key[0] = (byte) number;
        return new NodeId(Bytes.copyOf(key));
    }
}
