package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

class ReedSolomonTest {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;

    @Test
    void publishedVectorOfFiveAndFive() {
        byte[][] shards = new byte[10][2];
        byte[][] data = {{0, 1}, {4, 5}, {2, 3}, {6, 7}, {8, 9}};
        System.arraycopy(data, 0, shards, 0, data.length);

        new ReedSolomon(new ErasureCode(5, 5)).encode(shards, 0, 2);

        byte[][] parity = {{12, 13}, {10, 11}, {14, 15}, {90, 91}, {94, 95}};
        assertArrayEquals(parity, Arrays.copyOfRange(shards, 5, 10));
    }

    /// Made by JavaReedSolomon, and the same by reed-solomon-erasure, which is written in Rust.
    @Test
    void vectorsOfOtherImplementations() {
        List<String> sixteen =
                List.of(
                        "02242bda3828ad33ef012625a3f80a09",
                        "082340e1607096e20f764a1e7bc75602",
                        "fb0a89b82a3a4f4235bf70c7319e1cab");
        List<String> digestsOfThousand =
                List.of(
                        "953827743adafb1454e6787f656474a61dbd88770ef6e16332c5cdc23d31fb2a",
                        "44462019cc5c59d640c9e50a00103dac4feae03aa94c4dcd32e4cb6b13b81112",
                        "8f4c9f473b87489c8fdd47dc81b90072f04c6503f24f948388a93a805611e0f5");

        for (CodingLoop loop : List.of(new TableLoop(), new BitPlaneLoop(), new VectorLoop())) {
            byte[][] small = encoded(loop, 16);
            byte[][] large = encoded(loop, 1000);
            for (int i = 0; i < CODE.parityShards(); i++) {
                int shard = CODE.dataShards() + i;
                assertEquals(sixteen.get(i), Bytes.copyOf(small[shard]).toHex());
                assertEquals(
                        digestsOfThousand.get(i),
                        ContentHash.of(Bytes.copyOf(large[shard])).toString());
            }
        }
    }

    @Test
    void eachKernelIsPresentAndRightHere() {
        for (CodingKernel kernel : CodingKernel.values()) {
            assertTrue(kernel.isPresent(), kernel.toString());
            assertTrue(kernel.isRight(), kernel.toString());
        }
    }

    private static byte[][] encoded(CodingLoop loop, int length) {
        byte[][] shards = new byte[CODE.shards()][length];
        for (int shard = 0; shard < CODE.dataShards(); shard++) {
            for (int at = 0; at < length; at++) {
                shards[shard][at] = (byte) (31 * shard + 7 * at + at * at);
            }
        }
        new ReedSolomon(CODE, loop).encode(shards, 0, length);
        return shards;
    }

    @Test
    void pinnedRowsForThreeLostDataShards() {
        var rebuilding =
                new ReedSolomon(CODE)
                        .rebuilding(ShardSet.of(3, 4, 5, 6), ShardSet.of(0, 1, 2))
                        .orElseThrow();

        assertArrayEquals(new int[] {210, 213, 4, 2}, rebuilding.row(0));
        assertArrayEquals(new int[] {245, 4, 7, 247}, rebuilding.row(1));
        assertArrayEquals(new int[] {166, 2, 247, 82}, rebuilding.row(2));
    }

    @Test
    @DisplayName("R-09: every loss that the code allows is made good, every other one refused")
    void everyLossIsMadeGoodOrRefused() {
        for (ErasureCode code :
                List.of(
                        CODE,
                        new ErasureCode(2, 1),
                        new ErasureCode(2, 2),
                        new ErasureCode(3, 1),
                        new ErasureCode(1, 3),
                        new ErasureCode(5, 3))) {
            int length = 3001;
            byte[][] whole = random(code, length, 7);
            var coder = new ReedSolomon(code);
            coder.encode(whole, 0, length);
            for (ShardSet lost : Losses.of(code, 0, code.shards())) {
                ShardSet present = ShardSet.first(code.shards()).without(lost);
                var rebuilding = coder.rebuilding(present, lost);
                assertEquals(lost.count() <= code.parityShards(), rebuilding.isPresent());
                if (rebuilding.isPresent()) {
                    byte[][] damaged = copyOf(whole);
                    lost.shards().forEach(shard -> Arrays.fill(damaged[shard], (byte) 0x5a));
                    rebuilding.get().rebuild(damaged, 0, length);
                    assertArrayEquals(whole, damaged, code + " lost " + lost);
                }
            }
        }
    }

    @Test
    void fourAndThreeHaveSoManyLosses() {
        assertEquals(63, Losses.of(CODE, 1, 3).size());
        assertEquals(35, Losses.of(CODE, 4, 4).size());
    }

    @Test
    void javaReedSolomonMakesTheSameShards() {
        for (ErasureCode code :
                List.of(
                        CODE,
                        new ErasureCode(5, 5),
                        new ErasureCode(10, 4),
                        new ErasureCode(17, 3))) {
            var peer =
                    com.backblaze.erasure.ReedSolomon.create(
                            code.dataShards(), code.parityShards());
            for (int length : new int[] {1, 7, 8, 2047, 2048, 2049, 10_000}) {
                byte[][] ours = random(code, length, length);
                byte[][] theirs = copyOf(ours);
                new ReedSolomon(code).encode(ours, 0, length);
                peer.encodeParity(theirs, 0, length);
                assertArrayEquals(theirs, ours, code + " of " + length);
            }
        }
    }

    @Test
    void javaReedSolomonRebuildsOurShardsAndWeItsShards() {
        int length = 1027;
        var peer = com.backblaze.erasure.ReedSolomon.create(CODE.dataShards(), CODE.parityShards());
        var coder = new ReedSolomon(CODE);
        byte[][] whole = random(CODE, length, 1);
        peer.encodeParity(whole, 0, length);
        for (ShardSet lost : Losses.of(CODE, 1, CODE.parityShards())) {
            byte[][] ours = copyOf(whole);
            byte[][] theirs = copyOf(whole);
            lost.shards()
                    .forEach(
                            shard -> {
                                Arrays.fill(ours[shard], (byte) 1);
                                Arrays.fill(theirs[shard], (byte) 1);
                            });
            ShardSet present = ShardSet.first(CODE.shards()).without(lost);
            boolean[] there = new boolean[CODE.shards()];
            present.shards().forEach(shard -> there[shard] = true);

            coder.rebuilding(present, lost).orElseThrow().rebuild(ours, 0, length);
            peer.decodeMissing(theirs, there, 0, length);

            assertArrayEquals(theirs, ours);
            assertArrayEquals(whole, ours);
        }
    }

    @Test
    void whatLiesBesideTheRangeStaysAsItIs() {
        byte[][] shards = random(CODE, 5000, 3);
        byte[][] before = copyOf(shards);

        new ReedSolomon(CODE).encode(shards, 100, 4099);

        for (int shard = 0; shard < CODE.shards(); shard++) {
            byte[] left = Arrays.copyOf(shards[shard], 100);
            byte[] right = Arrays.copyOfRange(shards[shard], 4199, 5000);
            assertArrayEquals(Arrays.copyOf(before[shard], 100), left);
            assertArrayEquals(Arrays.copyOfRange(before[shard], 4199, 5000), right);
        }
    }

    @Test
    void asManyShardsAreReadAsAreNeeded() {
        var rebuilding =
                new ReedSolomon(CODE)
                        .rebuilding(ShardSet.of(0, 1, 3, 4, 5, 6), ShardSet.of(2))
                        .orElseThrow();

        assertEquals(ShardSet.of(0, 1, 3, 4), rebuilding.sources());
    }

    @Test
    void aSetOfShardsTellsItself() {
        assertEquals("[0, 3, 6]", ShardSet.of(3, 0, 6).toString());
        assertEquals(32, ShardSet.first(32).count());
        assertTrue(IntStream.range(0, 32).allMatch(ShardSet.first(32)::contains));
    }

    private static byte[][] random(ErasureCode code, int length, long seed) {
        byte[][] shards = new byte[code.shards()][length];
        var random = new Random(seed);
        for (byte[] shard : shards) {
            random.nextBytes(shard);
        }
        return shards;
    }

    private static byte[][] copyOf(byte[][] shards) {
        return Arrays.stream(shards).map(byte[]::clone).toArray(byte[][]::new);
    }
}
