package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;

/// Writes what `FieldReader` reads.
final class FieldWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    FieldWriter unsignedByte(int value) {
        out.write(value);
        return this;
    }

    FieldWriter unsigned(long value) {
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

    FieldWriter bytes(Bytes content) {
        out.writeBytes(content.toArray());
        return this;
    }

    FieldWriter prefixed(Bytes content) {
        return unsigned(content.size()).bytes(content);
    }

    FieldWriter hash(ContentHash hash) {
        return bytes(hash.bytes());
    }

    int size() {
        return out.size();
    }

    Bytes toBytes() {
        return Bytes.copyOf(out.toByteArray());
    }
}
