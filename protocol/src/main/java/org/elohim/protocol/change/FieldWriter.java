package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.util.List;

/// Writes what `FieldReader` reads.
public final class FieldWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public FieldWriter unsignedByte(int value) {
        out.write(value);
        return this;
    }

    public FieldWriter unsigned(long value) {
        if (value < 0) {
            throw new IllegalArgumentException("value=" + value);
        }
        long rest = value;
        while (rest > 0x7f) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    public FieldWriter bytes(Bytes content) {
        out.writeBytes(content.toArray());
        return this;
    }

    public FieldWriter prefixed(Bytes content) {
        return unsigned(content.size()).bytes(content);
    }

    FieldWriter hash(ContentHash hash) {
        return bytes(hash.bytes());
    }

    /// Hashes behind their count.
    public FieldWriter hashes(List<ContentHash> hashes) {
        unsigned(hashes.size());
        hashes.forEach(this::hash);
        return this;
    }

    int size() {
        return out.size();
    }

    public Bytes toBytes() {
        return Bytes.copyOf(out.toByteArray());
    }
}
