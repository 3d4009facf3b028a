package org.elohim.libp2p.multiformats;

import org.elohim.protocol.Bytes;

/// A digest behind the code of its function and its length.
///
/// Invariants: the length stated is the length there is.
record Multihash(long code, Bytes digest) {
    static final long IDENTITY = 0x00;
    static final long SHA2_256 = 0x12;
    // Twice the longest digest in use (64 bytes).
    private static final int DIGEST_BYTES_MAX = 128;

    sealed interface Decoded {
        record Hash(Multihash hash) implements Decoded {}

        record Malformed(String reason) implements Decoded {}
    }

    static Decoded decode(Bytes in) {
        if (!(Uvarint.decode(in, 0) instanceof Uvarint.Decoded.Value code)) {
            return new Decoded.Malformed("multihash without a function code");
        }
        if (!(Uvarint.decode(in, code.next()) instanceof Uvarint.Decoded.Value length)) {
            return new Decoded.Malformed("multihash without a length");
        }
        int size = in.size() - length.next();
        if (length.value() != size || size == 0 || size > DIGEST_BYTES_MAX) {
            return new Decoded.Malformed(
                    "multihash length=" + length.value() + " but digest bytes=" + size);
        }
        return new Decoded.Hash(new Multihash(code.value(), in.slice(length.next(), in.size())));
    }
}
