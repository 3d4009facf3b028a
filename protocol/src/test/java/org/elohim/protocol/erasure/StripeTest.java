package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.elohim.protocol.erasure.StripeDecoder.Outcome;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class StripeTest {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;
    private static final int BLOCK = 64;
    // Three whole stripes and a short one whose bytes do not fill its blocks.
    private static final int LENGTH = 3 * 4 * BLOCK + 101;

    private final MemoryShards shards = new MemoryShards(CODE);
    private final byte[] content = random(LENGTH);
    private final ShardLayout layout = encode(content, shards);

    @Test
    @DisplayName("R-09: all 63 losses of up to three shards are made good, byte for byte")
    void upToThreeLostShardsAreMadeGood() throws IOException {
        List<ShardSet> losses = Losses.of(CODE, 1, 3);
        assertEquals(63, losses.size());
        for (ShardSet lost : losses) {
            shards.lose(lost);
            assertArrayEquals(content, read());
            var rebuilt = new MemoryShards(CODE);
            for (long stripe = 0; stripe < layout.stripes(); stripe++) {
                assertInstanceOf(
                        Outcome.Whole.class, decoder(shards).rebuild(stripe, lost, rebuilt));
            }
            lost.shards()
                    .forEach(shard -> assertArrayEquals(shards.shard(shard), rebuilt.shard(shard)));
        }
    }

    @Test
    @DisplayName("R-09: all 35 losses of four shards are refused in words, without a byte")
    void fourLostShardsAreRefused() throws IOException {
        List<ShardSet> losses = Losses.of(CODE, 4, 4);
        assertEquals(35, losses.size());
        for (ShardSet lost : losses) {
            shards.lose(lost);
            var out = new ByteArrayOutputStream();

            Outcome outcome = decoder(shards).readAll(into(out));

            assertEquals(
                    new Outcome.Lost(0, ShardSet.first(CODE.shards()).without(lost), 4), outcome);
            assertEquals(0, out.size());
            assertInstanceOf(
                    Outcome.Lost.class, decoder(shards).rebuild(0, lost, new MemoryShards(CODE)));
        }
        shards.lose(ShardSet.of(0, 1, 2, 3));
        assertEquals(
                "stripe 0 has good blocks in the shards [4, 5, 6], and 4 are needed",
                decoder(shards).readAll(into(new ByteArrayOutputStream())).toString());
    }

    @Test
    @DisplayName("R-08: a flipped bit anywhere in a shard is found and made good")
    void everyFlippedBitIsFound() throws IOException {
        var random = new Random(8);
        for (int flip = 0; flip < 10_000; flip++) {
            int shard = random.nextInt(CODE.shards());
            int bit = random.nextInt(8 * (int) layout.shardBytes());
            flip(shard, bit);
            assertArrayEquals(content, read());
            if (shard < CODE.dataShards()) {
                // With three others lost nothing can make it good, so nothing may be handed over.
                ShardSet others = ShardSet.first(CODE.dataShards()).without(ShardSet.of(shard));
                shards.lose(others);
                var out = new ByteArrayOutputStream();
                var lost = assertInstanceOf(Outcome.Lost.class, decoder(shards).readAll(into(out)));
                assertEquals(stripeAt(bit / 8), lost.stripe());
                assertArrayEquals(Arrays.copyOf(content, out.size()), out.toByteArray());
                shards.lose(ShardSet.NONE);
            }
            flip(shard, bit);
        }
    }

    private static long stripeAt(int position) {
        return position / (BLOCK + ShardLayout.CHECK_BYTES);
    }

    private void flip(int shard, int bit) {
        shards.shard(shard)[bit / 8] ^= (byte) (1 << bit % 8);
    }

    @Test
    void aBlockInThePlaceOfAnotherIsFound() throws IOException {
        int framed = BLOCK + ShardLayout.CHECK_BYTES;
        byte[] first = shards.shard(0);
        byte[] exchanged = first.clone();
        System.arraycopy(first, 0, exchanged, framed, framed);
        System.arraycopy(first, framed, exchanged, 0, framed);
        shards.put(0, exchanged);
        byte[] third = shards.shard(2);
        shards.put(2, shards.shard(3));
        shards.put(3, third);

        assertArrayEquals(content, read());

        shards.lose(ShardSet.of(6));
        assertInstanceOf(
                Outcome.Lost.class, decoder(shards).readAll(into(new ByteArrayOutputStream())));
    }

    @Test
    void aShardThatIsCutShortIsReadAsFarAsItGoes() throws IOException {
        for (int length = 0; length < layout.shardBytes(); length++) {
            byte[] whole = shards.shard(1);
            shards.put(1, Arrays.copyOf(whole, length));
            assertArrayEquals(content, read());
            shards.put(1, whole);
        }
    }

    @Test
    void withAllDataShardsNoParityIsRead() throws IOException {
        assertArrayEquals(content, read());

        assertEquals(CODE.dataShards() * layout.shardBytes(), shards.readBytes());
    }

    @Test
    void anyStripeIsReadAlone() throws IOException {
        var out = new ByteArrayOutputStream();

        decoder(shards).read(2, into(out));

        int stripe = (int) layout.stripeBytes();
        assertArrayEquals(Arrays.copyOfRange(content, 2 * stripe, 3 * stripe), out.toByteArray());
    }

    @Test
    void aContentOfNothingHasEmptyShards() throws IOException {
        var empty = new MemoryShards(CODE);
        ShardLayout none = encode(new byte[0], empty);

        assertEquals(0, none.stripes());
        assertEquals(0, none.shardBytes());
        assertEquals(0, empty.shard(6).length);
        assertInstanceOf(
                Outcome.Whole.class,
                new StripeDecoder(new ReedSolomon(CODE), none, empty)
                        .readAll(into(new ByteArrayOutputStream())));
    }

    @Test
    void nothingIsWrittenAfterTheEnd() throws IOException {
        var encoder = new StripeEncoder(new ReedSolomon(CODE), BLOCK, new MemoryShards(CODE));
        encoder.finish();

        assertThrows(
                IllegalStateException.class, () -> encoder.write(ByteBuffer.wrap(new byte[1])));
    }

    @Test
    void sizesThatNobodyCanMeanAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> new ShardLayout(CODE, BLOCK, Long.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> new ShardLayout(CODE, BLOCK, -1));
        assertThrows(IllegalArgumentException.class, () -> new ShardLayout(CODE, 0, 1));
        assertThrows(
                IllegalArgumentException.class, () -> new ShardLayout(CODE, Integer.MAX_VALUE, 1));
        assertThrows(IllegalArgumentException.class, () -> layout.position(layout.stripes()));
        assertThrows(IllegalArgumentException.class, () -> new ErasureCode(30, 3));
    }

    /// Counted by what the thread has ever allocated, so nothing of it depends on a collector.
    @Test
    void memoryDoesNotGrowWithTheContent() throws IOException {
        streamed(4);
        long small = streamed(4);
        long large = streamed(64);

        assertTrue(large < small + (512 << 10), "small=" + small + " large=" + large);
    }

    private static long streamed(int mebibytes) throws IOException {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var part = ByteBuffer.allocate(1 << 20);
        var held = new byte[CODE.shards()][ShardLayout.BLOCK_BYTES + ShardLayout.CHECK_BYTES];
        long before = threads.getCurrentThreadAllocatedBytes();
        var encoder =
                new StripeEncoder(
                        new ReedSolomon(CODE),
                        ShardLayout.BLOCK_BYTES,
                        (shard, block) -> block.get(held[shard], 0, block.remaining()));
        for (int i = 0; i < mebibytes; i++) {
            encoder.write(part.rewind());
        }
        ShardLayout layout = encoder.finish();
        // All of it is zeros: each stripe's blocks differ by their checks alone, so they are made.
        var check = new BlockCheck();
        var decoder =
                new StripeDecoder(
                        new ReedSolomon(CODE),
                        layout,
                        (shard, position, into) -> {
                            if (shard < CODE.parityShards()) {
                                return false;
                            }
                            long stripe = position / held[shard].length;
                            check.seal(shard, stripe, held[shard], ShardLayout.BLOCK_BYTES);
                            into.put(held[shard]);
                            return true;
                        });
        assertInstanceOf(Outcome.Whole.class, decoder.readAll(_ -> {}));
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private byte[] read() throws IOException {
        var out = new ByteArrayOutputStream();
        assertInstanceOf(Outcome.Whole.class, decoder(shards).readAll(into(out)));
        return out.toByteArray();
    }

    private StripeDecoder decoder(StripeDecoder.Source source) {
        return new StripeDecoder(new ReedSolomon(CODE), layout, source);
    }

    static StripeDecoder.Content into(ByteArrayOutputStream out) {
        return part -> {
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            out.writeBytes(copy);
        };
    }

    private static ShardLayout encode(byte[] content, MemoryShards shards) {
        var encoder = new StripeEncoder(new ReedSolomon(CODE), BLOCK, shards);
        try {
            encoder.write(ByteBuffer.wrap(content));
            return encoder.finish();
        } catch (IOException impossible) {
            throw new AssertionError("memory does not fail", impossible);
        }
    }

    private static byte[] random(int length) {
        byte[] content = new byte[length];
        new Random(5).nextBytes(content);
        return content;
    }
}
