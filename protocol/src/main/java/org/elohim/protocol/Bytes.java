package org.elohim.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/// An immutable byte string with value equality, ordered like unsigned numbers from the left.
///
/// Invariants: the content never changes after construction; no caller shares the array.
public final class Bytes implements Comparable<Bytes> {
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    public static Bytes copyOf(byte[] content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    public static Bytes copyOf(byte[] content, int from, int to) {
        return new Bytes(Arrays.copyOfRange(content, from, to));
    }

    public static Bytes parseHex(String hex) {
        return new Bytes(HexFormat.of().parseHex(hex));
    }

    public int size() {
        return content.length;
    }

    public byte at(int index) {
        return content[index];
    }

    /// Eight bytes from `index` on as one big-endian number.
    public long longAt(int index) {
        return (long) LONGS.get(content, index);
    }

    /// A view for digests and inflaters that saves them a copy.
    public ByteBuffer asReadOnlyBuffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    public byte[] toArray() {
        return content.clone();
    }

    public Bytes slice(int from, int to) {
        return new Bytes(Arrays.copyOfRange(content, from, to));
    }

    public Bytes concat(Bytes after) {
        byte[] joined = Arrays.copyOf(content, content.length + after.content.length);
        System.arraycopy(after.content, 0, joined, content.length, after.content.length);
        return new Bytes(joined);
    }

    public boolean startsWith(Bytes prefix) {
        return prefix.size() <= size()
                && Arrays.equals(content, 0, prefix.size(), prefix.content, 0, prefix.size());
    }

    public String toHex() {
        return HexFormat.of().formatHex(content);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(content, other.content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return toHex();
    }
}
