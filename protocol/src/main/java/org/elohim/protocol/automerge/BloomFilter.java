package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.FieldReader;
import org.elohim.protocol.change.FieldWriter;
import org.elohim.protocol.id.ContentHash;

import java.util.stream.Stream;

/// What a peer has, said in few bits per change: it never denies what was put in, and now and then
/// claims what was not.
///
/// Invariants: there are as many bits as the entries ask for, rounded up to bytes; a filter without
/// entries is `EMPTY`. The bits of a hash follow from its first twelve bytes, as Automerge defines.
public record BloomFilter(int entries, int bitsPerEntry, int probes, Bytes bits) {
    /// Automerge's own choice: one false claim in a hundred.
    private static final int BITS_PER_ENTRY = 10;

    private static final int PROBES = 7;

    public static final BloomFilter EMPTY = new BloomFilter(0, BITS_PER_ENTRY, PROBES, Bytes.EMPTY);

    /// Twice as many changes as a document may have.
    static final int ENTRIES_MAX = 1 << 22;

    // Nobody chooses others than Automerge's; without bounds a filter could cost any work.
    private static final int BITS_PER_ENTRY_MAX = 32;
    private static final int PROBES_MAX = 32;

    public BloomFilter {
        if (entries < 0
                || entries > ENTRIES_MAX
                || bitsPerEntry < 1
                || bitsPerEntry > BITS_PER_ENTRY_MAX
                || probes < 1
                || probes > PROBES_MAX
                || bits.size() != sizeBytes(entries, bitsPerEntry)) {
            throw new IllegalArgumentException(
                    "entries=%d bits per entry=%d probes=%d bytes=%d"
                            .formatted(entries, bitsPerEntry, probes, bits.size()));
        }
    }

    /// A filter for so many changes.
    public static BloomFilter of(int entries, Stream<ContentHash> hashes) {
        byte[] bits = new byte[sizeBytes(entries, BITS_PER_ENTRY)];
        hashes.forEach(
                hash -> {
                    var probe = new Probe(hash, bits.length);
                    for (int i = 0; i < PROBES; i++) {
                        bits[probe.index()] |= probe.mask();
                        probe.advance();
                    }
                });
        return new BloomFilter(entries, BITS_PER_ENTRY, PROBES, Bytes.copyOf(bits));
    }

    public boolean mayContain(ContentHash hash) {
        if (entries == 0) {
            return false;
        }
        var probe = new Probe(hash, bits.size());
        for (int i = 0; i < probes; i++) {
            if ((bits.at(probe.index()) & probe.mask()) == 0) {
                return false;
            }
            probe.advance();
        }
        return true;
    }

    /// Reads what `encoded` writes. An empty filter has no bytes at all, but may come with some.
    static BloomFilter read(FieldReader message) {
        Bytes encoded = message.prefixed("filter", Integer.MAX_VALUE);
        if (encoded.size() == 0) {
            return EMPTY;
        }
        var fields = new FieldReader(encoded);
        int entries = fields.number("filter entries", 0, ENTRIES_MAX);
        int bitsPerEntry = fields.number("filter bits per entry", 1, BITS_PER_ENTRY_MAX);
        int probes = fields.number("filter probes", 1, PROBES_MAX);
        if (!fields.failed() && fields.remaining() != sizeBytes(entries, bitsPerEntry)) {
            fields.fail("filter bytes=" + fields.remaining() + " for entries=" + entries);
        }
        Bytes bits = fields.bytes("filter bits", fields.remaining());
        if (fields.failed()) {
            message.fail(fields.problem());
            return EMPTY;
        }
        return entries == 0 ? EMPTY : new BloomFilter(entries, bitsPerEntry, probes, bits);
    }

    Bytes encoded() {
        return entries == 0
                ? Bytes.EMPTY
                : new FieldWriter()
                        .unsigned(entries)
                        .unsigned(bitsPerEntry)
                        .unsigned(probes)
                        .bytes(bits)
                        .toBytes();
    }

    private static int sizeBytes(int entries, int bitsPerEntry) {
        return (int) (((long) entries * bitsPerEntry + 7) / 8);
    }

    /// One bit of a hash after the other: three little-endian numbers from its front, each added to
    /// the one before it.
    private static final class Probe {
        private final long bitCount;
        private long at;
        private long step;
        private final long stepGrowth;

        Probe(ContentHash hash, int sizeBytes) {
            bitCount = 8L * sizeBytes;
            at = number(hash, 0) % bitCount;
            step = number(hash, 4) % bitCount;
            stepGrowth = number(hash, 8) % bitCount;
        }

        private static long number(ContentHash hash, int at) {
            return Integer.toUnsignedLong(
                    Integer.reverseBytes((int) (hash.bytes().longAt(at) >>> Integer.SIZE)));
        }

        int index() {
            return (int) (at >>> 3);
        }

        byte mask() {
            return (byte) (1 << (at & 7));
        }

        void advance() {
            at = (at + step) % bitCount;
            step = (step + stepGrowth) % bitCount;
        }
    }
}
