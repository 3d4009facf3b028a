package org.elohim.protocol.blob.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// One node of a [World]: a log that survives, what follows from it in memory, and a disk.
final class Machine {
    final Holder holder;
    private final World world;
    private final Map<ContentHash, List<ReplicationEvent>> log = new TreeMap<>();
    private final Map<ContentHash, BlobReplication> memory = new TreeMap<>();
    // With the moment in which each was put last.
    private final Map<ContentHash, Map<Piece, Long>> disk = new TreeMap<>();
    private final Map<ContentHash, Set<Piece>> references = new TreeMap<>();
    private final Set<NodeId> stillToHearOf = new HashSet<>();
    private int writes;
    private long turn;
    private boolean up = true;
    long downSinceMillis;
    boolean hasRoom = true;

    Machine(World world, Holder holder) {
        this.world = world;
        this.holder = holder;
    }

    NodeId id() {
        return holder.node();
    }

    boolean isUp() {
        return up;
    }

    void stop() {
        up = false;
        downSinceMillis = world.nowMillis;
    }

    void start() {
        if (!up) {
            up = true;
            restart();
        }
    }

    /// Begins again from its log.
    void restart() {
        assertEquals(log.keySet(), memory.keySet());
        memory.replaceAll(
                (blob, before) -> {
                    BlobReplication after = replayed(blob);
                    assertEquals(before, after, "a replay comes to the same");
                    return after;
                });
    }

    Set<ContentHash> known() {
        return up ? new TreeSet<>(memory.keySet()) : Set.of();
    }

    BlobReplication state(ContentHash blob) {
        BlobReplication state = memory.get(blob);
        if (state == null) {
            throw new IllegalStateException("nothing is known of " + blob);
        }
        return state;
    }

    Optional<BlobReplication> find(ContentHash blob) {
        return Optional.ofNullable(memory.get(blob));
    }

    private BlobReplication replayed(ContentHash blob) {
        List<ReplicationEvent> events = log.getOrDefault(blob, List.of());
        if (!(events.getFirst() instanceof ReplicationEvent.Beginning first)) {
            throw new IllegalStateException("begins with " + events.getFirst());
        }
        BlobReplication state = BlobReplication.of(first);
        for (ReplicationEvent event : events.subList(1, events.size())) {
            state = state.after(event);
        }
        return state;
    }

    Set<Piece> onDisk(ContentHash blob) {
        return Set.copyOf(disk.getOrDefault(blob, Map.of()).keySet());
    }

    Set<Piece> referenced(ContentHash blob) {
        return references.getOrDefault(blob, Set.of());
    }

    boolean isStillToHearOf(NodeId node) {
        return stillToHearOf.contains(node);
    }

    boolean isToHearOfLosses() {
        return !stillToHearOf.isEmpty();
    }

    /// It will hear that what it counts on there may not be there.
    void mistrust(NodeId node) {
        stillToHearOf.add(node);
    }

    /// Whether it wants it.
    boolean wants(ContentHash blob) {
        return find(blob).filter(each -> each.stewards().containsKey(id())).isPresent();
    }

    private void write(ContentHash blob, ReplicationEvent event) {
        if (event instanceof ReplicationEvent.BecameDurable(int losses)) {
            world.checkDurable(this, blob, losses);
        }
        List<ReplicationEvent> events = log.computeIfAbsent(blob, _ -> new ArrayList<>());
        events.add(event);
        writes++;
        BlobReplication before = memory.get(blob);
        BlobReplication after =
                before == null && event instanceof ReplicationEvent.Beginning first
                        ? BlobReplication.of(first)
                        : state(blob).after(event);
        if (after.isOver()) {
            log.remove(blob);
            memory.remove(blob);
        } else {
            memory.put(blob, after);
        }
        world.point(this, this);
    }

    private void lay(ContentHash blob, Piece piece) {
        disk.computeIfAbsent(blob, _ -> new HashMap<>()).put(piece, world.nowMillis);
    }

    /// Somebody puts it here; it is answered as accepted once this returns.
    void put(ContentHash blob, long size) {
        put(blob, size, Reach.DEFAULT);
    }

    void put(ContentHash blob, long size, Reach reach) {
        layReferred(blob, Piece.WHOLE);
        world.point(this, this);
        turn++;
        begin(new ReplicationEvent.Accepted(blob, size, reach, id(), turn));
    }

    // What is put says itself that it is wanted.
    private void layReferred(ContentHash blob, Piece piece) {
        lay(blob, piece);
        Set<Piece> told = new HashSet<>(referenced(blob));
        told.add(piece);
        references.put(blob, told);
    }

    // So it need not be said again of what was not known before.
    private void begin(ReplicationEvent.Beginning beginning) {
        boolean isNew = find(beginning.blob()).isEmpty();
        write(beginning.blob(), beginning);
        if (isNew) {
            write(
                    beginning.blob(),
                    new ReplicationEvent.Referred(state(beginning.blob()).wantedHere()));
        }
    }

    /// Nobody wants it here any more.
    void abandon(ContentHash blob) {
        world.abandoned.add(blob);
        find(blob)
                .map(state -> state.stewards().get(id()))
                .ifPresent(last -> write(blob, new ReplicationEvent.Abandoned(id(), last)));
    }

    /// All that lay on its disk is gone, and it knows that. Its log is not.
    void wipe() {
        disk.clear();
        references.clear();
        for (ContentHash blob : known()) {
            World.survive(() -> write(blob, new ReplicationEvent.Lost(id())));
        }
        for (Machine other : world.nodes.values()) {
            if (other != this) {
                other.stillToHearOf.add(id());
            }
        }
    }

    /// One piece is damaged, and a scrub has found it.
    void damage(ContentHash blob, Piece piece) {
        disk.getOrDefault(blob, new HashMap<>()).remove(piece);
        write(blob, new ReplicationEvent.Damaged(id(), piece));
    }

    /// Hears whose disks are empty.
    void hearOfLosses() {
        for (NodeId node : Set.copyOf(stillToHearOf)) {
            for (ContentHash blob : known()) {
                World.survive(() -> write(blob, new ReplicationEvent.Lost(node)));
            }
            stillToHearOf.remove(node);
        }
    }

    /// Lets go of what nothing refers to for long enough; never before the log has told what it
    /// wants.
    void sweep() {
        boolean told =
                memory.values().stream()
                        .allMatch(each -> each.wantedHere().equals(each.referred()));
        if (up && told) {
            disk.forEach(
                    (blob, pieces) ->
                            pieces.entrySet()
                                    .removeIf(
                                            each ->
                                                    !referenced(blob).contains(each.getKey())
                                                            && world.nowMillis - each.getValue()
                                                                    > World.GRACE_MILLIS));
        }
    }

    /// Whether nobody who wants it is left but others that keep it for them.
    boolean isLeftWith(ContentHash blob) {
        return find(blob)
                .filter(each -> !each.stewards().isEmpty())
                .filter(
                        each ->
                                each.stewards().keySet().stream()
                                        .noneMatch(world.nodes::containsKey))
                .isPresent();
    }

    /// Does one of the things that are to be done for it; false where there is none.
    boolean workOn(ContentHash blob, int which) {
        if (find(blob).isEmpty()) {
            return false;
        }
        Sight sight = world.sight(this);
        Optional<ReplicationEvent> due = state(blob).due(sight);
        if (due.isPresent()) {
            write(blob, due.get());
            return true;
        }
        List<ReplicationStep> steps = state(blob).steps(sight);
        int before = writes;
        for (int i = 0; i < steps.size(); i++) {
            carryOut(blob, steps.get((which + i) % steps.size()));
            if (writes > before) {
                return true;
            }
        }
        return false;
    }

    private void carryOut(ContentHash blob, ReplicationStep step) {
        switch (step) {
            case ReplicationStep.Encode() -> {
                if (onDisk(blob).contains(Piece.WHOLE)) {
                    write(
                            blob,
                            new ReplicationEvent.Encoded(
                                    World.manifest(blob, state(blob).sizeBytes())));
                }
            }
            case ReplicationStep.Place(var piece, var node) ->
                    world.at(node).ifPresent(target -> place(blob, piece, target));
            case ReplicationStep.Release(var node, long until) ->
                    world.at(node)
                            .ifPresent(
                                    target -> {
                                        target.hearRelease(blob, id(), until);
                                        world.point(this, target);
                                        write(blob, new ReplicationEvent.Released(node));
                                    });
            case ReplicationStep.Refer(var pieces) -> {
                references.put(blob, Set.copyOf(pieces));
                world.point(this, this);
                write(blob, new ReplicationEvent.Referred(pieces));
            }
        }
    }

    private void place(ContentHash blob, Piece piece, Machine target) {
        if (!target.up || !world.canBeRead(blob, piece)) {
            return;
        }
        BlobReplication own = state(blob);
        if (target == this) {
            if (hasRoom) {
                lay(blob, piece);
                world.point(this, this);
                write(blob, new ReplicationEvent.Placed(id(), piece, own.reach()));
            }
            return;
        }
        if (target.take(own, piece)) {
            world.point(this, target);
            write(blob, new ReplicationEvent.Placed(target.id(), piece, own.reach()));
        }
    }

    private boolean take(BlobReplication given, Piece piece) {
        if (!onDisk(given.blob()).contains(piece)) {
            if (!hasRoom) {
                return false;
            }
        }
        layReferred(given.blob(), piece);
        world.point(this, this);
        begin(
                new ReplicationEvent.Adopted(
                        given.blob(),
                        given.sizeBytes(),
                        given.reach(),
                        id(),
                        piece,
                        given.stewards(),
                        given.manifest()));
        return true;
    }

    private void hearRelease(ContentHash blob, NodeId by, long until) {
        if (find(blob).isPresent()) {
            write(blob, new ReplicationEvent.Abandoned(by, until));
        }
    }
}
