package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.ContentHash;

import java.util.function.LongPredicate;

/// Finds the number of a blob by its hash, without keeping the hash.
///
/// Numbers lie in slots by the first bits of their hashes, or in the next free one behind; whether
/// one with the same bits is the right one says whoever has the hashes.
///
/// Invariants: between the slot that an entry's bits name and its own none is free; at least a
/// quarter of all slots is free.
final class HashIndex {
    static final long ABSENT = 0;

    private static final int SLOTS_MIN = 16;

    private int[] bits = new int[SLOTS_MIN];
    private long[] numbers = new long[SLOTS_MIN];
    private int size;

    /// The number with this hash, or [#ABSENT].
    ///
    /// @param isIt whether the blob with this number has the hash
    long find(ContentHash blob, LongPredicate isIt) {
        int wanted = bits(blob);
        int slot = slot(wanted, numbers.length);
        while (numbers[slot] != ABSENT) {
            if (bits[slot] == wanted && isIt.test(numbers[slot])) {
                return numbers[slot];
            }
            slot = next(slot);
        }
        return ABSENT;
    }

    /// For a hash that has no number.
    void add(ContentHash blob, long number) {
        if (number == ABSENT) {
            throw new IllegalArgumentException("number=" + number);
        }
        if (size + 1 > numbers.length / 4 * 3) {
            grow();
        }
        put(bits(blob), number);
        size++;
    }

    private void put(int of, long number) {
        int slot = slot(of, numbers.length);
        while (numbers[slot] != ABSENT) {
            slot = next(slot);
        }
        bits[slot] = of;
        numbers[slot] = number;
    }

    // By half and not to the double, since this is a good part of what a blob takes.
    private void grow() {
        int[] bitsBefore = bits;
        long[] numbersBefore = numbers;
        int slots = Math.addExact(numbers.length, numbers.length / 2);
        bits = new int[slots];
        numbers = new long[slots];
        for (int slot = 0; slot < numbersBefore.length; slot++) {
            if (numbersBefore[slot] != ABSENT) {
                put(bitsBefore[slot], numbersBefore[slot]);
            }
        }
    }

    void remove(ContentHash blob, long number) {
        int slot = slot(bits(blob), numbers.length);
        while (numbers[slot] != number) {
            if (numbers[slot] == ABSENT) {
                throw new IllegalStateException("is not here: " + blob + " " + number);
            }
            slot = next(slot);
        }
        size--;
        // What lies behind may have found its slot taken by this one.
        int gap = slot;
        for (int at = next(gap); numbers[at] != ABSENT; at = next(at)) {
            if (distance(slot(bits[at], numbers.length), at) >= distance(gap, at)) {
                bits[gap] = bits[at];
                numbers[gap] = numbers[at];
                gap = at;
            }
        }
        numbers[gap] = ABSENT;
    }

    private int next(int slot) {
        return slot + 1 == numbers.length ? 0 : slot + 1;
    }

    private int distance(int from, int to) {
        return to >= from ? to - from : to - from + numbers.length;
    }

    private static int bits(ContentHash blob) {
        return (int) (blob.bytes().longAt(0) >>> Integer.SIZE);
    }

    // As evenly as the bits are, for any count of slots.
    private static int slot(int bits, int slots) {
        return (int) ((Integer.toUnsignedLong(bits) * slots) >>> Integer.SIZE);
    }
}
