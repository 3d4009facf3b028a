package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// How automerge-repo names what a node keeps: the same for as long as the node has its key.
public final class StorageId {
    private static final String PREFIX = "elohim storage of ";
    private static final long VERSION_8 = 0x8000L;
    private static final long VERSION_BITS = 0xF000L;
    private static final long VARIANT = 1L << 63;
    private static final long VARIANT_BITS = 3L << 62;

    private StorageId() {}

    public static String of(NodeId node) {
        ContentHash hash =
                ContentHash.of(Bytes.copyOf((PREFIX + node).getBytes(StandardCharsets.UTF_8)));
        ByteBuffer bytes = hash.bytes().asReadOnlyBuffer();
        long high = (bytes.getLong() & ~VERSION_BITS) | VERSION_8;
        long low = (bytes.getLong() & ~VARIANT_BITS) | VARIANT;
        return new UUID(high, low).toString();
    }
}
