package org.elohim.protocol.erasure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.erasure.StripeDecoder.Outcome;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

class StripeProperties {
    @Property(tries = 1000)
    void whateverComesInWhateverPartsComesBack(
            @ForAll @IntRange(min = 1, max = 6) int dataShards,
            @ForAll @IntRange(max = 3) int parityShards,
            @ForAll @IntRange(min = 1, max = 70) int blockBytes,
            @ForAll @IntRange(max = 900) int length,
            @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        var code = new ErasureCode(dataShards, parityShards);
        byte[] content = new byte[length];
        random.nextBytes(content);
        var shards = new MemoryShards(code);
        var encoder = new StripeEncoder(new ReedSolomon(code), blockBytes, shards);
        for (int at = 0; at < length; ) {
            int count = Math.min(length - at, 1 + random.nextInt(100));
            encoder.write(ByteBuffer.wrap(content, at, count));
            at += count;
        }
        ShardLayout layout = encoder.finish();

        assertEquals(new ShardLayout(code, blockBytes, length), layout);
        for (int shard = 0; shard < code.shards(); shard++) {
            assertEquals(layout.shardBytes(), shards.shard(shard).length);
        }
        ShardSet lost = ShardSet.NONE;
        while (lost.count() < parityShards) {
            lost = lost.with(random.nextInt(code.shards()));
        }
        shards.lose(lost);
        var out = new ByteArrayOutputStream();
        assertInstanceOf(
                Outcome.Whole.class,
                new StripeDecoder(new ReedSolomon(code), layout, shards)
                        .readAll(StripeTest.into(out)));
        assertArrayEquals(content, out.toByteArray());
    }

    /// Damage of any kind and amount: the content comes, or a refusal, or a beginning and a
    /// refusal; never something else.
    @Property(tries = 1000)
    void damagedShardsGiveTheContentOrARefusal(
            @ForAll @IntRange(max = 700) int length,
            @ForAll @IntRange(max = 30) int damages,
            @ForAll long seed)
            throws IOException {
        var random = new Random(seed);
        var code = ErasureCode.FOUR_AND_THREE;
        byte[] content = new byte[length];
        random.nextBytes(content);
        var shards = new MemoryShards(code);
        var encoder = new StripeEncoder(new ReedSolomon(code), 16, shards);
        encoder.write(ByteBuffer.wrap(content));
        ShardLayout layout = encoder.finish();
        for (int i = 0; i < damages; i++) {
            int shard = random.nextInt(code.shards());
            byte[] bytes = shards.shard(shard);
            if (bytes.length > 0 && random.nextInt(4) > 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                shards.put(shard, Arrays.copyOf(bytes, random.nextInt(bytes.length + 5)));
            }
        }
        var out = new ByteArrayOutputStream();

        Outcome outcome =
                new StripeDecoder(new ReedSolomon(code), layout, shards)
                        .readAll(StripeTest.into(out));

        switch (outcome) {
            case Outcome.Whole() -> assertArrayEquals(content, out.toByteArray());
            case Outcome.Lost _ ->
                    assertArrayEquals(Arrays.copyOf(content, out.size()), out.toByteArray());
        }
    }
}
