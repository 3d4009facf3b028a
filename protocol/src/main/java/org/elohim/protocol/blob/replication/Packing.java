package org.elohim.protocol.blob.replication;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.erasure.ShardSet;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Takes blobs apart into what they share with others and the little that is their own, and puts
/// them together again.
///
/// Invariants: nodes keep their places, so what was packed once can be read for ever, also by
/// somebody who has no more than the nodes of that time.
final class Packing {
    /// Of most blobs there is nothing more to be known.
    static final byte[] NOTHING = {};

    // Shapes come and go as nodes do; who still has one that was forgotten here goes on with it.
    private static final int SHAPES_MAX = 4_096;
    private static final int HELD_BYTES = Short.BYTES + 1 + Integer.BYTES;
    private static final int LAYOUT_BYTES = 2 + Integer.BYTES + Long.BYTES;

    private final Map<Shape, Shape> shapes = new HashMap<>();
    private final Map<NodeId, Short> places = new HashMap<>();
    // Replaced and never changed: somebody may be reading with it.
    private List<NodeId> nodes = List.of();

    List<NodeId> nodes() {
        return nodes;
    }

    Shape shape(BlobReplication blob) {
        Shape shape = Shape.of(blob);
        Shape known = shapes.get(shape);
        if (known != null) {
            return known;
        }
        if (shapes.size() >= SHAPES_MAX) {
            shapes.clear();
        }
        shapes.put(shape, shape);
        return shape;
    }

    static long firstTurn(BlobReplication blob) {
        SortedMap<NodeId, Long> turns =
                blob.stewards().isEmpty() ? blob.releases() : blob.stewards();
        return turns.isEmpty() ? 0 : turns.sequencedValues().getFirst();
    }

    /// What neither the shape tells nor its first turn.
    byte[] rest(BlobReplication blob, Shape shape) {
        int furtherTurns = Math.max(0, shape.turns() - 1);
        Manifest manifest = blob.manifest();
        int sizeBytes =
                furtherTurns * Long.BYTES
                        + (shape.isSpread()
                                ? Short.BYTES + blob.copies().held().size() * HELD_BYTES
                                : 0)
                        + (manifest == null
                                ? 0
                                : LAYOUT_BYTES + manifest.shards().size() * ContentHash.SIZE_BYTES);
        if (sizeBytes == 0) {
            return NOTHING;
        }
        var rest = ByteBuffer.allocate(sizeBytes);
        var turns = new ArrayList<Long>(blob.stewards().values());
        turns.addAll(blob.releases().values());
        turns.stream().skip(1).forEach(rest::putLong);
        if (shape.isSpread()) {
            put(blob.copies(), rest);
        }
        if (manifest != null) {
            put(manifest, rest);
        }
        return rest.array();
    }

    private void put(Copies copies, ByteBuffer rest) {
        rest.putShort((short) copies.held().size());
        copies.held()
                .forEach(
                        (node, what) ->
                                rest.putShort(place(node))
                                        .put((byte) (what.whole() ? 1 : 0))
                                        .putInt(what.shards().bits()));
    }

    private short place(NodeId node) {
        Short known = places.get(node);
        if (known != null) {
            return known;
        }
        short place = (short) nodes.size();
        var more = new ArrayList<>(nodes);
        more.add(node);
        nodes = List.copyOf(more);
        places.put(node, place);
        return place;
    }

    private static void put(Manifest manifest, ByteBuffer rest) {
        ShardLayout layout = manifest.layout();
        rest.put((byte) layout.code().dataShards())
                .put((byte) layout.code().parityShards())
                .putInt(layout.blockBytes())
                .putLong(layout.lengthBytes());
        manifest.shards().forEach(shard -> rest.put(shard.bytes().asReadOnlyBuffer()));
    }

    static BlobReplication unpacked(
            NodeId self,
            List<NodeId> nodes,
            ContentHash blob,
            long sizeBytes,
            long firstTurn,
            Shape shape,
            byte[] packedRest) {
        var rest = ByteBuffer.wrap(packedRest);
        var turns = new ArrayList<Long>(shape.turns());
        if (shape.turns() > 0) {
            turns.add(firstTurn);
        }
        while (turns.size() < shape.turns()) {
            turns.add(rest.getLong());
        }
        int stewards = shape.stewards().size();
        Copies copies = shape.isSpread() ? copies(rest, nodes) : shape.wholes();
        return new BlobReplication(
                self,
                blob,
                sizeBytes,
                shape.reach(),
                turns(shape.stewards(), turns.subList(0, stewards)),
                shape.isCoded() ? manifest(rest) : null,
                copies,
                shape.behind(),
                shape.promised(),
                turns(shape.releases(), turns.subList(stewards, turns.size())),
                shape.referred());
    }

    private static SortedMap<NodeId, Long> turns(Collection<NodeId> nodes, List<Long> turns) {
        var together = new TreeMap<NodeId, Long>();
        int at = 0;
        for (NodeId node : nodes) {
            together.put(node, turns.get(at));
            at++;
        }
        return together;
    }

    private static Copies copies(ByteBuffer rest, List<NodeId> nodes) {
        var held = new TreeMap<NodeId, Copies.Held>();
        for (int left = Short.toUnsignedInt(rest.getShort()); left > 0; left--) {
            NodeId node = nodes.get(Short.toUnsignedInt(rest.getShort()));
            boolean isWhole = rest.get() != 0;
            held.put(node, new Copies.Held(isWhole, new ShardSet(rest.getInt())));
        }
        return new Copies(held);
    }

    private static Manifest manifest(ByteBuffer rest) {
        var code = new ErasureCode(rest.get(), rest.get());
        var layout = new ShardLayout(code, rest.getInt(), rest.getLong());
        var shards = new ArrayList<ContentHash>(code.shards());
        byte[] shard = new byte[ContentHash.SIZE_BYTES];
        while (rest.hasRemaining()) {
            rest.get(shard);
            shards.add(new ContentHash(Bytes.copyOf(shard)));
        }
        return new Manifest(layout, shards);
    }
}
