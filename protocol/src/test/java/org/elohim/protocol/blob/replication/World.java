package org.elohim.protocol.blob.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.erasure.ShardLayout;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// A family of nodes with disks, on which the machines play: what they order is done at once, or
/// not at all, or done and not told, since somebody was killed.
final class World {
    static final long GRACE_MILLIS = 60 * 60_000L;
    // One of either kind per step, a few steps per piece, a few pieces per node.
    private static final int ACTIONS_MAX = 2_000;

    final Map<NodeId, Machine> nodes = new TreeMap<>();
    // Where who abandoned it is away before all were told, those may go on to count on each other.
    final Set<ContentHash> abandoned = new HashSet<>();
    long nowMillis = 1_000_000;
    // Counts down to the moment in which somebody is killed; never where negative.
    private int killIn = -1;
    private boolean killsTarget;
    private int points;

    /// Somebody was killed in the middle of something.
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient Machine victim;

        Killed(Machine victim) {
            this.victim = victim;
        }
    }

    World(List<Holder> family) {
        family.forEach(this::join);
    }

    void join(Holder holder) {
        nodes.put(holder.node(), new Machine(this, holder));
    }

    Machine node(int index) {
        return nodes.values().stream().skip(index).findFirst().orElseThrow();
    }

    Optional<Machine> at(NodeId node) {
        return Optional.ofNullable(nodes.get(node));
    }

    /// Kills somebody at this moment of those that come.
    void killAt(int moment, boolean target) {
        killIn = moment;
        killsTarget = target;
    }

    int points() {
        return points;
    }

    /// Something was just done by `actor` for `target`, and nothing more: here a crash matters.
    void point(Machine actor, Machine target) {
        points++;
        if (killIn-- == 0) {
            throw new Killed(killsTarget ? target : actor);
        }
    }

    /// Does this, or is killed in the middle of it.
    static void survive(Runnable action) {
        try {
            action.run();
        } catch (Killed killed) {
            killed.victim.restart();
        }
    }

    Sight sight(Machine of) {
        var seen = new TreeMap<NodeId, Sight.Seen>();
        nodes.forEach(
                (id, node) ->
                        seen.put(
                                id,
                                new Sight.Seen(
                                        node.holder,
                                        node.isUp() ? Sight.HERE : node.downSinceMillis,
                                        node.hasRoom)));
        return new Sight(of.id(), seen, nowMillis);
    }

    /// Lets all go on until nobody has anything to do.
    void end() {
        int actions = 0;
        boolean busy = true;
        while (busy) {
            busy = false;
            for (Machine node : List.copyOf(nodes.values())) {
                for (ContentHash blob : node.known()) {
                    // Who is killed has something to do.
                    boolean[] worked = {true};
                    survive(() -> worked[0] = node.workOn(blob, 0));
                    busy |= worked[0];
                    actions += worked[0] ? 1 : 0;
                    assertTrue(actions < ACTIONS_MAX, "it never ends");
                }
            }
            check();
        }
        nodes.values().forEach(Machine::restart);
    }

    /// What lies on disks that are there, of those on which it is to be kept.
    Copies onDisks(ContentHash blob) {
        Copies copies = Copies.NONE;
        for (Machine node : nodes.values()) {
            for (Piece piece : node.onDisk(blob)) {
                copies = copies.with(node.id(), piece);
            }
        }
        return copies;
    }

    /// Whether the piece can be had from nodes that are up.
    boolean canBeRead(ContentHash blob, Piece piece) {
        Copies here = onDisks(blob).at(node -> at(node).filter(Machine::isUp).isPresent());
        boolean lies = here.nodes().stream().anyMatch(node -> here.contains(node, piece));
        return lies || here.isRebuildable(ErasureCode.FOUR_AND_THREE);
    }

    static Manifest manifest(ContentHash blob, long size) {
        ErasureCode code = ErasureCode.FOUR_AND_THREE;
        return new Manifest(
                new ShardLayout(code, ShardLayout.BLOCK_BYTES, size),
                IntStream.range(0, code.shards())
                        .mapToObj(shard -> Families.blob(31 * shard + blob.hashCode()))
                        .toList());
    }

    /// What has to be true at any moment.
    void check() {
        for (Machine node : nodes.values()) {
            for (ContentHash blob : node.known()) {
                check(node, node.state(blob));
            }
        }
    }

    private void check(Machine node, BlobReplication state) {
        if (!state.stewards().containsKey(node.id())) {
            return;
        }
        for (NodeId holder : state.copies().nodes()) {
            Machine other = nodes.get(holder);
            if (other == null || node.isStillToHearOf(holder)) {
                continue;
            }
            Set<Piece> lies = other.onDisk(state.blob());
            assertTrue(
                    lies.containsAll(state.copies().at(holder).pieces()),
                    () -> "counted on and not there: " + state + " at " + holder + ": " + lies);
        }
        assertTrue(state.promised() <= Math.max(0, state.copies().losses(state.code())));
    }

    /// What is said at the moment in which a blob is called durable, by the disks alone.
    void checkDurable(Machine node, ContentHash blob, int losses) {
        if (!node.wants(blob) && abandoned.contains(blob)) {
            return;
        }
        Copies lying =
                onDisks(blob).at(holder -> node.state(blob).copies().nodes().contains(holder));
        long unheard =
                node.state(blob).copies().nodes().stream()
                        .filter(
                                holder ->
                                        !nodes.containsKey(holder) || node.isStillToHearOf(holder))
                        .count();
        assertTrue(losses > 0);
        assertTrue(
                lying.losses(ErasureCode.FOUR_AND_THREE) + unheard >= losses,
                () -> "said to survive " + losses + ": " + lying);
        long holders = nodes.values().stream().filter(each -> each.isUp() && each.hasRoom).count();
        if (holders >= Strategy.SPREAD_HOLDERS_MIN) {
            assertEquals(3, losses, "with seven holders any three");
        }
    }
}
