package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is missing of a blob as its holders are seen now, and who is to see to it.
///
/// Invariants: nothing is given to a node that is away or has no room; what lies somewhere is not
/// made again.
final class Outlook {
    private final BlobReplication blob;
    private final Sight sight;
    private final long patienceMillis;
    // Copies that are not to be made again: their nodes are here, or will soon be back.
    private final Copies present;
    private final List<Holder> holders;
    private final Set<NodeId> open;

    Outlook(BlobReplication blob, Sight sight) {
        this.blob = blob;
        this.sight = sight;
        Copies copies = blob.copies();
        this.patienceMillis = Absence.millis(copies, copies.at(sight::isHere), blob.code());
        this.present = copies.at(node -> !Absence.isOver(sight, node, patienceMillis));
        this.open = new HashSet<>();
        this.holders = new ArrayList<>();
        sight.nodes()
                .forEach(
                        (node, seen) -> {
                            boolean isOpen = seen.isHere() && seen.hasRoom();
                            if (isOpen) {
                                open.add(node);
                            }
                            if (isOpen || present.nodes().contains(node)) {
                                holders.add(seen.holder());
                            }
                        });
    }

    long patienceMillis() {
        return patienceMillis;
    }

    /// How many nodes are to be lost without harm, by how many there are.
    int lossesWanted() {
        return Strategy.losses(holders.size());
    }

    boolean acts() {
        if (blob.isOwn()) {
            return true;
        }
        return areStewardsAway()
                && Placement.order(blob.blob(), holdersHere()).stream()
                        .findFirst()
                        .filter(blob.self()::equals)
                        .isPresent();
    }

    private List<Holder> holdersHere() {
        return holders.stream()
                .filter(holder -> blob.copies().nodes().contains(holder.node()))
                .filter(holder -> sight.isHere(holder.node()))
                .toList();
    }

    private boolean areStewardsAway() {
        return blob.stewards().keySet().stream()
                .allMatch(node -> Absence.isOver(sight, node, patienceMillis));
    }

    /// Whether shards alone carry what is wanted, by nodes that can be reached now, and go on to do
    /// so.
    boolean needsNoWhole() {
        Copies shardsHere = blob.copies().at(sight::isHere).shardsOnly();
        return shardsHere.losses(blob.code()) >= Math.max(blob.promised(), lossesWanted())
                && isSpread(shardPlaces());
    }

    /// What brings the missing pieces, if anything can be read now.
    List<ReplicationStep> placing() {
        // Who does not see to it knows of no other copies before it has asked.
        boolean canBeRead =
                !blob.isOwn() || blob.copies().at(sight::isHere).isRebuildable(blob.code());
        if (!canBeRead) {
            return List.of();
        }
        if (blob.manifest() != null) {
            List<NodeId> places = shardPlaces();
            List<ReplicationStep> placing = shards(places);
            if (!isSpread(places)) {
                placing.addAll(wholes());
            }
            return List.copyOf(placing);
        }
        if (isToBeCoded()) {
            return blob.copies().contains(blob.self(), Piece.WHOLE)
                    ? List.of(new ReplicationStep.Encode())
                    : List.of(new ReplicationStep.Place(Piece.WHOLE, blob.self()));
        }
        // What is safe in whole copies stays as it is when the family grows: coding it would only
        // add to what it takes.
        return strategy() instanceof Strategy.Coded ? List.of() : wholes();
    }

    /// Whether no other blob that is known of in the same way has something placed where this one
    /// has nothing placed. It is asked of whole copies alone.
    boolean isWhateverTheName() {
        if (!blob.isOwn() && !areStewardsAway()) {
            return true;
        }
        // Which of several acts for a steward that is away the name says.
        if (!blob.isOwn() && holdersHere().size() > 1) {
            return false;
        }
        Set<NodeId> having = havingWhole();
        if (having.containsAll(open) || strategy() instanceof Strategy.Coded) {
            return true;
        }
        // Whoever has a copy comes before all others but where all chosen ones are in one domain.
        long domains =
                holders.stream()
                        .filter(holder -> having.contains(holder.node()))
                        .map(Holder::domain)
                        .distinct()
                        .count();
        return having.size() >= replicas() && domains > 1;
    }

    private Strategy strategy() {
        return Strategy.of(holders, blob.sizeBytes());
    }

    private boolean isToBeCoded() {
        boolean isSafe = blob.promised() > 0 && present.losses(blob.code()) >= lossesWanted();
        return !isSafe && strategy() instanceof Strategy.Coded;
    }

    private List<NodeId> shardPlaces() {
        Optional<List<NodeId>> places =
                Placement.shards(blob.blob(), blob.code(), holders, open, present);
        return places.orElse(List.of());
    }

    // Whether as many nodes may be lost as are to be; else there have to be whole copies too.
    private boolean isSpread(List<NodeId> places) {
        return Placement.losses(places, blob.code()) >= lossesWanted();
    }

    private List<ReplicationStep> shards(List<NodeId> places) {
        var steps = new ArrayList<ReplicationStep>();
        for (int shard = 0; shard < places.size(); shard++) {
            Piece piece = Piece.shard(shard);
            NodeId node = places.get(shard);
            if (!present.contains(node, piece)) {
                steps.add(new ReplicationStep.Place(piece, node));
            }
        }
        return steps;
    }

    private List<ReplicationStep> wholes() {
        Set<NodeId> having = havingWhole();
        if (having.containsAll(open)) {
            return List.of();
        }
        return Placement.replicas(blob.blob(), replicas(), holders, open, having).stream()
                .filter(node -> !having.contains(node))
                .<ReplicationStep>map(node -> new ReplicationStep.Place(Piece.WHOLE, node))
                .toList();
    }

    private int replicas() {
        return Math.min(Strategy.REPLICAS, holders.size());
    }

    private Set<NodeId> havingWhole() {
        var having = new HashSet<NodeId>();
        present.held()
                .forEach(
                        (node, what) -> {
                            if (what.whole()) {
                                having.add(node);
                            }
                        });
        return having;
    }
}
