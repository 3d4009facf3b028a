package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.Random;

class CodingLoopProperties {
    // One for all tries: what a loop keeps of one call must not show in the next.
    private final BitPlaneLoop fast = new BitPlaneLoop();

    @Property(tries = 2000)
    void bothLoopsGiveTheSameBytes(
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
        byte[][] expected = new byte[outputCount][offset + length + 3];
        byte[][] outputs = bytes(random, outputCount, offset + length + 3);
        for (int i = 0; i < outputCount; i++) {
            expected[i] = outputs[i].clone();
        }

        new TableLoop().code(rows, inputs, expected, offset, length);
        fast.code(rows, inputs, outputs, offset, length);

        assertArrayEquals(expected, outputs);
    }

    private static byte[][] bytes(Random random, int count, int length) {
        byte[][] bytes = new byte[count][length];
        for (byte[] each : bytes) {
            random.nextBytes(each);
        }
        return bytes;
    }
}
