package org.elohim.protocol.blob.replication;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Numbers in their order, of which many follow each other: sixty-four of them take no more room
/// than one.
///
/// Invariants: no word is empty.
final class NumberSet {
    // Which of the numbers from 64 times the key on are in it, by their bits.
    private final TreeMap<Long, Long> words = new TreeMap<>();

    boolean isEmpty() {
        return words.isEmpty();
    }

    boolean contains(long number) {
        return (words.getOrDefault(key(number), 0L) & bit(number)) != 0;
    }

    void add(long number) {
        words.merge(key(number), bit(number), (all, one) -> all | one);
    }

    void remove(long number) {
        words.computeIfPresent(
                key(number),
                (_, all) -> {
                    long left = all & ~bit(number);
                    return left == 0 ? null : left;
                });
    }

    /// Of one that is not empty.
    long first() {
        Map.Entry<Long, Long> word = words.firstEntry();
        return word.getKey() * Long.SIZE + Long.numberOfTrailingZeros(word.getValue());
    }

    /// Of one that is not empty.
    long last() {
        Map.Entry<Long, Long> word = words.lastEntry();
        return word.getKey() * Long.SIZE
                + Long.SIZE
                - 1
                - Long.numberOfLeadingZeros(word.getValue());
    }

    LongStream stream() {
        return words.entrySet().stream()
                .flatMapToLong(
                        word ->
                                IntStream.range(0, Long.SIZE)
                                        .filter(bit -> ((word.getValue() >>> bit) & 1) != 0)
                                        .mapToLong(bit -> word.getKey() * Long.SIZE + bit));
    }

    private static long key(long number) {
        return Math.floorDiv(number, (long) Long.SIZE);
    }

    private static long bit(long number) {
        return 1L << Math.floorMod(number, Long.SIZE);
    }
}
