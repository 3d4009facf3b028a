package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Which node is to hold which piece of a blob: rendezvous hashing, weighted by capacity.
///
/// Each pair of a piece and a node has a score that all nodes compute alike, and the best ones win.
/// So no table is kept, and who comes or goes moves hardly more than what is his.
///
/// Invariants: no failure domain gets more shards than may be lost; nodes get shards as evenly as
/// that allows, whatever their capacity; what lies somewhere already is left there as far as both
/// allow; the order in which holders are named means nothing.
public final class Placement {
    private static final long MIX_A = 0xBF58476D1CE4E5B9L;
    private static final long MIX_B = 0x94D049BB133111EBL;
    private static final long ODD = 0x9E3779B97F4A7C15L;
    // What is left of a long once 53 bits of it are taken, as many as a double tells apart.
    private static final int SURPLUS_BITS = 11;
    private static final double UNIT = 0x1p-53;

    private static final Comparator<Bid> BEST_FIRST =
            Comparator.comparingDouble(Bid::score)
                    .reversed()
                    .thenComparing(bid -> bid.holder().node())
                    .thenComparing(Bid::piece);

    private Placement() {}

    /// A node's claim to a piece.
    private record Bid(double score, Holder holder, Piece piece) {
        static Bid of(ContentHash blob, Holder holder, Piece piece) {
            return new Bid(weigh(blob, holder, piece), holder, piece);
        }
    }

    /// How many shards one node has to take at least, where every failure domain takes no more than
    /// may be lost; nothing where that cannot be done.
    static OptionalInt shardsPerNode(ErasureCode code, Collection<Holder> holders) {
        Map<String, Long> domains =
                holders.stream()
                        .collect(Collectors.groupingBy(Holder::domain, Collectors.counting()));
        for (int each = 1; each <= code.parityShards(); each++) {
            long room = 0;
            for (long nodes : domains.values()) {
                room += Math.min(code.parityShards(), each * nodes);
            }
            if (room >= code.shards()) {
                return OptionalInt.of(each);
            }
        }
        return OptionalInt.empty();
    }

    /// For each shard in its order the node that is to hold it; nothing where no spreading keeps to
    /// the bounds.
    ///
    /// @param open who can be given something now; the others only keep what they have
    /// @param copies where shards lie already
    public static Optional<List<NodeId>> shards(
            ContentHash blob,
            ErasureCode code,
            Collection<Holder> holders,
            Set<NodeId> open,
            Copies copies) {
        var bids = new ArrayList<Bid>();
        for (Holder holder : holders) {
            for (int shard = 0; shard < code.shards(); shard++) {
                bids.add(Bid.of(blob, holder, Piece.shard(shard)));
            }
        }
        bids.sort(BEST_FIRST);
        List<Bid> kept =
                bids.stream()
                        .filter(bid -> copies.contains(bid.holder().node(), bid.piece()))
                        .toList();
        bids.removeIf(bid -> !open.contains(bid.holder().node()));
        for (int perNode = 1; perNode <= code.parityShards(); perNode++) {
            var spreading = new Spreading(code);
            spreading.offer(kept, perNode);
            spreading.offer(bids, perNode);
            if (spreading.isComplete()) {
                return Optional.of(spreading.nodes());
            }
        }
        return Optional.empty();
    }

    /// How many nodes may be lost where shards lie so; none where there are no places.
    static int losses(List<NodeId> places, ErasureCode code) {
        return places.stream()
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()))
                .values()
                .stream()
                .max(Comparator.naturalOrder())
                .map(most -> code.parityShards() / most.intValue())
                .orElse(0);
    }

    /// Who takes which shard, within the bounds.
    private static final class Spreading {
        private final ErasureCode code;
        private final Map<Piece, NodeId> taken = new HashMap<>();
        private final Map<NodeId, Integer> ofNode = new HashMap<>();
        private final Map<String, Integer> ofDomain = new HashMap<>();

        Spreading(ErasureCode code) {
            this.code = code;
        }

        // One for each node before any gets a second one.
        void offer(List<Bid> bids, int perNode) {
            for (int bound = 1; bound <= perNode; bound++) {
                for (Bid bid : bids) {
                    offer(bid, bound);
                }
            }
        }

        private void offer(Bid bid, int perNode) {
            NodeId node = bid.holder().node();
            String domain = bid.holder().domain();
            if (!taken.containsKey(bid.piece())
                    && ofNode.getOrDefault(node, 0) < perNode
                    && ofDomain.getOrDefault(domain, 0) < code.parityShards()) {
                taken.put(bid.piece(), node);
                ofNode.merge(node, 1, Integer::sum);
                ofDomain.merge(domain, 1, Integer::sum);
            }
        }

        boolean isComplete() {
            return taken.size() == code.shards();
        }

        List<NodeId> nodes() {
            return IntStream.range(0, code.shards())
                    .mapToObj(shard -> taken.get(Piece.shard(shard)))
                    .filter(Objects::nonNull)
                    .toList();
        }
    }

    /// The nodes that are to hold a whole copy: as many as asked for, or as there are. Those that
    /// have one come first, then failure domains that have none; all in one domain are they only
    /// where there is no other.
    ///
    /// @param open who can be given something now
    /// @param having who has one already
    public static Set<NodeId> replicas(
            ContentHash blob,
            int count,
            Collection<Holder> holders,
            Set<NodeId> open,
            Set<NodeId> having) {
        List<Bid> left = ranked(blob, holders);
        left.removeIf(
                bid ->
                        !open.contains(bid.holder().node())
                                && !having.contains(bid.holder().node()));
        var chosen = new TreeSet<NodeId>();
        Map<String, Integer> ofDomain = new HashMap<>();
        while (chosen.size() < count && !left.isEmpty()) {
            boolean lastOfOneDomain = ofDomain.size() == 1 && chosen.size() == count - 1;
            Bid best =
                    left.stream()
                            .min(
                                    Comparator.<Bid, Boolean>comparing(
                                                    bid -> lastOfOneDomain && isIn(ofDomain, bid))
                                            .thenComparing(
                                                    bid -> !having.contains(bid.holder().node()))
                                            .thenComparing(
                                                    bid ->
                                                            ofDomain.getOrDefault(
                                                                    bid.holder().domain(), 0))
                                            .thenComparing(BEST_FIRST))
                            .orElseThrow();
            left.remove(best);
            chosen.add(best.holder().node());
            ofDomain.merge(best.holder().domain(), 1, Integer::sum);
        }
        return chosen;
    }

    private static boolean isIn(Map<String, Integer> ofDomain, Bid bid) {
        return ofDomain.containsKey(bid.holder().domain());
    }

    /// All of them, in the order in which they see to this blob where the one before cannot.
    public static List<NodeId> order(ContentHash blob, Collection<Holder> holders) {
        return ranked(blob, holders).stream().map(bid -> bid.holder().node()).toList();
    }

    private static List<Bid> ranked(ContentHash blob, Collection<Holder> holders) {
        var bids = new ArrayList<Bid>();
        holders.forEach(holder -> bids.add(Bid.of(blob, holder, Piece.WHOLE)));
        bids.sort(BEST_FIRST);
        return bids;
    }

    // The lowest of as many exponential draws as there are bytes: the classic way of giving each
    // node its share. StrictMath, since all nodes have to come to the same bits.
    private static double weigh(ContentHash blob, Holder holder, Piece piece) {
        long hash = mix(piece.number() * ODD);
        for (int at = 0; at < ContentHash.SIZE_BYTES; at += Long.BYTES) {
            hash = mix(hash ^ blob.bytes().longAt(at));
            hash = mix(hash ^ holder.node().publicKey().longAt(at));
        }
        double chance = ((hash >>> SURPLUS_BITS) + 0.5) * UNIT;
        return -holder.capacityBytes() / StrictMath.log(chance);
    }

    // The finalizer of SplitMix64: every bit of the input changes half of those of the output.
    private static long mix(long value) {
        long mixed = value + ODD;
        mixed = (mixed ^ (mixed >>> 30)) * MIX_A;
        mixed = (mixed ^ (mixed >>> 27)) * MIX_B;
        return mixed ^ (mixed >>> 31);
    }
}
