package org.elohim.protocol.blob.replication;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/// Small families, and all ways in which their nodes can stand in houses.
final class Families {
    static final long TERABYTE = 1_000_000_000_000L;
    static final long LARGE = Strategy.CODED_BYTES_MIN;

    private Families() {}

    /// Node number `index`; its key looks like any other one.
    static NodeId node(int index) {
        byte[] key = new byte[NodeId.KEY_BYTES];
        new Random(7_919L * index + 1).nextBytes(key);
        return new NodeId(Bytes.copyOf(key));
    }

    static ContentHash blob(int index) {
        return ContentHash.of(
                Bytes.copyOf(ByteBuffer.allocate(Integer.BYTES).putInt(index).array()));
    }

    /// Each in a house of its own.
    static List<Holder> apart(int count) {
        var holders = new ArrayList<Holder>();
        for (int i = 0; i < count; i++) {
            holders.add(new Holder(node(i), "house " + i, TERABYTE));
        }
        return holders;
    }

    /// Every way to put `count` nodes into houses.
    static List<List<Holder>> inHouses(int count) {
        List<List<Holder>> all = new ArrayList<>();
        settle(count, 0, new ArrayList<>(), all);
        return all;
    }

    private static void settle(
            int count, int houses, List<Holder> settled, List<List<Holder>> all) {
        if (settled.size() == count) {
            all.add(List.copyOf(settled));
            return;
        }
        for (int house = 0; house <= houses; house++) {
            settled.add(new Holder(node(settled.size()), "house " + house, TERABYTE));
            settle(count, Math.max(houses, house + 1), settled, all);
            settled.removeLast();
        }
    }

    static Set<NodeId> nodes(List<Holder> holders) {
        return holders.stream().map(Holder::node).collect(Collectors.toSet());
    }

    static Set<String> houses(List<Holder> holders) {
        return holders.stream().map(Holder::domain).collect(Collectors.toSet());
    }

    /// Shard i lies at the i-th of them.
    static Copies shardsAt(List<NodeId> places) {
        Copies copies = Copies.NONE;
        for (int shard = 0; shard < places.size(); shard++) {
            copies = copies.with(places.get(shard), Piece.shard(shard));
        }
        return copies;
    }

    static Copies wholesAt(Set<NodeId> places) {
        Copies copies = Copies.NONE;
        for (NodeId node : places) {
            copies = copies.with(node, Piece.WHOLE);
        }
        return copies;
    }
}
