package org.elohim.protocol.change;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Reads the fields of untrusted bytes one after the other.
///
/// Invariants: the first problem sticks; from then on every read gives zero or nothing and moves no
/// further, so a decoder may read all fields and ask once. Nothing is allocated for a length before
/// that many bytes are known to be there.
///
/// Numbers are LEB128 in their one shortest form of at most 63 bits and a sign. Automerge refuses
/// longer forms too; accepting them would give one change two byte strings.
public final class FieldReader {
    private final ByteBuffer in;
    private int at;
    private String problem = "";

    public FieldReader(ByteBuffer in) {
        this.in = in.slice();
    }

    public FieldReader(Bytes in) {
        this(in.asReadOnlyBuffer());
    }

    public boolean failed() {
        return !problem.isEmpty();
    }

    public String problem() {
        return problem;
    }

    public int position() {
        return at;
    }

    public int remaining() {
        return failed() ? 0 : in.limit() - at;
    }

    public void fail(String reason) {
        if (!failed()) {
            problem = reason;
        }
    }

    public int unsignedByte(String what) {
        if (remaining() < 1) {
            fail(what + " is cut off");
            return 0;
        }
        return in.get(at++) & 0xff;
    }

    public long unsigned(String what) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
            int septet = unsignedByte(what);
            value |= (long) (septet & 0x7f) << shift;
            if (septet < 0x80) {
                if (septet == 0 && shift > 0) {
                    fail(what + " is not in its shortest form");
                }
                return failed() ? 0 : value;
            }
        }
        fail(what + " has more than 63 bits");
        return 0;
    }

    public long signed(String what) {
        long value = 0;
        int before = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            int septet = unsignedByte(what);
            value |= (long) (septet & 0x7f) << shift;
            if (septet < 0x80) {
                boolean negative = (septet & 0x40) != 0;
                // A last byte that only repeats the sign of the one before says nothing.
                boolean repeats =
                        septet == (negative ? 0x7f : 0) && (before & 0x40) == (septet & 0x40);
                if (shift > 0 && repeats) {
                    fail(what + " is not in its shortest form");
                }
                if (shift == 63 && septet != 0 && septet != 0x7f) {
                    break;
                }
                if (negative && shift + 7 < Long.SIZE) {
                    value |= -1L << (shift + 7);
                }
                return failed() ? 0 : value;
            }
            before = septet;
        }
        fail(what + " has more than 64 bits");
        return 0;
    }

    /// A count of things that take at least `itemBytes` each.
    public int count(String what, int itemBytes, int max) {
        long count = unsigned(what);
        if (count > max) {
            fail(what + "=" + count + ", at most " + max);
        }
        if (count > remaining() / itemBytes) {
            fail(what + "=" + count + " is more than the bytes can hold");
        }
        return failed() ? 0 : (int) count;
    }

    /// A number between two others, both included.
    public int number(String what, int min, int max) {
        long number = unsigned(what);
        if (number < min || number > max) {
            fail(what + "=" + number + ", " + min + " to " + max);
        }
        return failed() ? min : (int) number;
    }

    public Bytes bytes(String what, int length) {
        if (length > remaining()) {
            fail(what + " is cut off");
        }
        if (failed()) {
            return Bytes.EMPTY;
        }
        byte[] content = new byte[length];
        in.get(at, content);
        at += length;
        return Bytes.copyOf(content);
    }

    /// Bytes behind their length.
    public Bytes prefixed(String what, int max) {
        return bytes(what, count(what + " length", 1, max));
    }

    /// Hashes behind their count.
    public List<ContentHash> hashes(String what, int max) {
        int count = count(what, ContentHash.SIZE_BYTES, max);
        var hashes = new ArrayList<ContentHash>(count);
        for (int i = 0; i < count; i++) {
            hashes.add(new ContentHash(bytes(what, ContentHash.SIZE_BYTES)));
        }
        return hashes;
    }

    public void skip(String what, int length) {
        if (length > remaining()) {
            fail(what + " is cut off");
        } else {
            at += length;
        }
    }
}
