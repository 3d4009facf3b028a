package org.elohim.protocol.sim;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Holdings;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.SyncSession;
import org.elohim.protocol.sync.Tier;
import org.elohim.protocol.sync.Waypoints;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/// What a process knows of how safe things are: a node of what its siblings hold, a device of what
/// its nodes have told it.
///
/// Invariants: all of it lies in memory, but for the cursors of a device.
final class Safety {
    private final World world;
    private final Replica own;
    private final Holdings holdings = new Holdings();
    private final Map<Integer, Waypoints<Long>> waypoints = new HashMap<>();
    // How far what the others are counted on for was looked at.
    private final Map<Integer, Long> sure = new HashMap<>();
    private final Map<Integer, Map<Lane, Long>> durable;

    /// @param durable of a device, on its disk
    Safety(World world, Replica own, Map<Integer, Map<Lane, Long>> durable) {
        this.world = world;
        this.own = own;
        this.durable = durable;
    }

    void connected(int peer) {
        waypoints.remove(peer);
    }

    /// Something has happened in this session.
    void after(int peer, SyncSession session) {
        Replica other = world.replicas.get(peer);
        if (!own.isNode) {
            return;
        }
        if (other.isNode && !(own.isFull() && other.isFull())) {
            return;
        }
        if (other.isNode) {
            long through = session.peerHolds();
            if (holdings.holds(id(peer), through)) {
                long before = sure.getOrDefault(peer, 0L);
                if (through > before) {
                    world.invariants.countedOn.sure(own, other, before, through);
                }
                sure.put(peer, through);
                waypoints.keySet().stream().toList().forEach(this::raise);
            }
        } else {
            waypoints
                    .computeIfAbsent(peer, _ -> new Waypoints<>())
                    .add(session.heldForSure(), (long) own.store.end());
            raise(peer);
        }
    }

    private void raise(int peer) {
        waypoints
                .getOrDefault(peer, new Waypoints<>())
                .pass(waypoint -> holdings.holders(waypoint.goal()) >= world.durableNodes)
                .ifPresent(
                        passed ->
                                own.feed(peer, new Input.Raised(passed.position(), Tier.DURABLE)));
    }

    private NodeId id(int peer) {
        return world.replicas.get(peer).id;
    }

    @Override
    public String toString() {
        return "Safety[%s waypoints=%s]"
                .formatted(
                        holdings.all().values(),
                        waypoints.values().stream().map(Waypoints::next).toList());
    }

    /// A device was told how much of its journal is durable.
    void reached(int peer, Map<Lane, Long> cursors) {
        Map<Lane, Long> before = durable.getOrDefault(peer, Map.of());
        world.invariants.durable(own, world.replicas.get(peer), before, cursors);
        durable.put(peer, new EnumMap<>(cursors));
    }
}
