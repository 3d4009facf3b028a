package org.elohim.protocol.blob;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.PackRecord.Kind;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;

/// Records for tests.
final class Records {
    static final int SEGMENT = 7;
    static final long TAG = 0x1122334455667788L;

    private Records() {}

    static ContentHash key(int number) {
        return ContentHash.of(Bytes.copyOf(new byte[] {(byte) number, (byte) (number >> 8)}));
    }

    static PackRecord small(int key, long life, int bytes) {
        return record(Kind.SMALL, key, life, life, 0, bytes);
    }

    /// One of another tag.
    static PackRecord smallOf(long tag, int key, int bytes) {
        return new PackRecord(Kind.SMALL, SEGMENT, tag, key(key), 1, 1, 3, 4096, 1, 0, bytes);
    }

    static PackRecord record(
            Kind kind, int key, long life, long sequence, int references, long bytes) {
        return new PackRecord(
                kind,
                SEGMENT,
                TAG,
                key(key),
                life,
                sequence,
                3,
                4096,
                references,
                references == 0 ? 1_764_374_400L : 0,
                bytes);
    }

    static ByteBuffer content(int bytes) {
        var content = ByteBuffer.allocate(bytes);
        for (int i = 0; i < bytes; i++) {
            content.put(i, (byte) (i * 7));
        }
        return content;
    }
}
