package org.elohim.protocol.blob.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

class BlobFramesProperties {
    @Property
    void whateverBytesComeNothingThrows(@ForAll @Size(max = 500) byte[] bytes) {
        BlobFrames.decode(ByteBuffer.wrap(bytes));
    }

    @Property(tries = 300)
    void whatWasSaidIsHeard(
            @ForAll long seed,
            @ForAll @IntRange(max = 9) int nodes,
            @ForAll @LongRange(max = 1L << 40) long size) {
        var random = new Random(seed);
        for (BlobFrame frame : all(random, nodes, Math.abs(size))) {
            ByteBuffer bytes = BlobFrames.encode(frame);
            assertEquals(bytes.remaining() - BlobFrames.LENGTH_BYTES, bytes.getInt());
            assertEquals(new Decoded.Parsed<>(frame), BlobFrames.decode(bytes));
        }
    }

    @Property(tries = 300)
    void whatIsCutOffIsNoFrame(@ForAll long seed, @ForAll @IntRange(max = 3) int nodes) {
        var random = new Random(seed);
        for (BlobFrame frame : all(random, nodes, random.nextInt(1_000_000))) {
            ByteBuffer whole = BlobFrames.encode(frame).position(BlobFrames.LENGTH_BYTES);
            boolean hasOpenEnd = frame instanceof BlobFrame.Part;
            ByteBuffer cut = whole.slice(whole.position(), random.nextInt(whole.remaining()));
            if (!hasOpenEnd) {
                assertInstanceOf(Decoded.Malformed.class, BlobFrames.decode(cut));
            }
        }
    }

    @Property(tries = 300)
    void aPartWithAFlippedBitIsNone(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 5_000) int length) {
        var random = new Random(seed);
        ByteBuffer whole =
                BlobFrames.encode(new BlobFrame.Part(1, 2, bytes(random, length)))
                        .position(BlobFrames.LENGTH_BYTES);
        int at = whole.limit() - 1 - random.nextInt(length);
        whole.put(at, (byte) (whole.get(at) ^ (1 << random.nextInt(8))));

        assertInstanceOf(Decoded.Malformed.class, BlobFrames.decode(whole));
    }

    private static List<BlobFrame> all(Random random, int nodes, long size) {
        ContentHash blob = hash(random);
        var whole = PieceRef.whole(blob, size);
        List<ContentHash> shards = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            shards.add(hash(random));
        }
        var manifest = new Manifest(ShardFile.layout(size), shards);
        var shard = PieceRef.of(blob, manifest, Piece.shard(random.nextInt(7)));
        var turns = new TreeMap<NodeId, Long>();
        Copies copies = Copies.NONE;
        for (int i = 0; i <= nodes; i++) {
            turns.put(node(random), random.nextLong(1L << 50));
            copies = copies.with(node(random), new Piece(random.nextInt(8) - 1));
        }
        Reach reach = Reach.ofCode(random.nextInt(Reach.values().length));
        int small = random.nextInt(3_000);
        var inline = PieceRef.whole(blob, small);
        return List.of(
                new BlobFrame.Want(shard, 1, shard.lengthBytes()),
                new BlobFrame.Want(whole, 0, size),
                new BlobFrame.Offer(whole, reach, turns, null, copies, null),
                new BlobFrame.Offer(shard, reach, turns, manifest, copies, null),
                new BlobFrame.Offer(inline, reach, turns, null, copies, bytes(random, small)),
                new BlobFrame.Release(blob, 7),
                new BlobFrame.Lost(blob, Piece.WHOLE),
                new BlobFrame.Lost(blob, Piece.shard(6)),
                new BlobFrame.Seek(blob),
                new BlobFrame.Drop(blob),
                new BlobFrame.Doubted(shard),
                new BlobFrame.Part(3, 9, bytes(random, small)),
                new BlobFrame.End(0),
                new BlobFrame.Missing(1, "es ist nicht da: ß"),
                new BlobFrame.Alive(2),
                new BlobFrame.Verdict(5, BlobFrame.Verdict.Kind.NO_ROOM, ""),
                new BlobFrame.Known(1, size, reach, true, turns, manifest, copies, 3, size),
                new BlobFrame.Known(1, -1, Reach.DEFAULT, false, turns, null, Copies.NONE, 0, 0));
    }

    private static ByteBuffer bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private static ContentHash hash(Random random) {
        return new ContentHash(Bytes.copyOf(bytes(random, ContentHash.SIZE_BYTES).array()));
    }

    private static NodeId node(Random random) {
        return new NodeId(Bytes.copyOf(bytes(random, NodeId.KEY_BYTES).array()));
    }

    @Property(tries = 200)
    void noMoreGoesThanTheLimit(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 100_000) int rate) {
        var random = new Random(seed);
        var bucket = new TokenBucket(rate);
        long now = random.nextLong(1L << 50);
        long begun = now;
        long sent = 0;
        long lastGoes = now;
        for (int i = 0; i < 200; i++) {
            int bytes = random.nextInt(2 * rate);
            long goes = now + bucket.take(bytes, now);
            assertTrue(goes >= lastGoes, "in turn");
            // Whatever went before this one, with one second's worth at the start.
            assertTrue(sent <= rate * (1 + (goes - begun) / 1e9) + 2.0 * rate, "sent=" + sent);
            sent += bytes;
            lastGoes = goes;
            now += random.nextInt(2_000_000_000);
        }
    }
}
