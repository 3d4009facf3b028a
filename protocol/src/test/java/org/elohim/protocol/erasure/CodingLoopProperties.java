package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

class CodingLoopProperties {
    // One of each for all tries: what a loop keeps of one call must not show in the next.
    private final List<CodingLoop> loops =
            Arrays.stream(CodingKernel.values()).map(CodingKernel::loop).toList();

    @Property(tries = 2000)
    void allLoopsGiveTheSameBytes(
            @ForAll @IntRange(min = 1, max = 13) int inputCount,
            @ForAll @IntRange(max = 5) int outputCount,
            @ForAll @IntRange(max = 40) int offset,
            @ForAll @IntRange(max = 6000) int length,
            @ForAll long seed) {
        var random = new Random(seed);
        int[][] rows = new int[outputCount][inputCount];
        // Small factors leave the high bits out, a zero all of them.
        int most = 2 << random.nextInt(8);
        for (int[] row : rows) {
            for (int i = 0; i < inputCount; i++) {
                row[i] = random.nextInt(most);
            }
        }
        byte[][] inputs = bytes(random, inputCount, offset + length + 3);
        byte[][] before = bytes(random, outputCount, offset + length + 3);
        byte[][] expected = copyOf(before);

        new TableLoop().code(rows, inputs, expected, offset, length);
        for (CodingLoop loop : loops) {
            byte[][] outputs = copyOf(before);
            loop.code(rows, inputs, outputs, offset, length);
            assertArrayEquals(expected, outputs, loop.getClass().getSimpleName());
        }
    }

    private static byte[][] copyOf(byte[][] bytes) {
        return Arrays.stream(bytes).map(byte[]::clone).toArray(byte[][]::new);
    }

    private static byte[][] bytes(Random random, int count, int length) {
        byte[][] bytes = new byte[count][length];
        for (byte[] each : bytes) {
            random.nextBytes(each);
        }
        return bytes;
    }
}
