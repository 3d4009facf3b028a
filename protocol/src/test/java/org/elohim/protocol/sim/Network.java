package org.elohim.protocol.sim;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.sync.Input;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;

/// Connections that keep their messages in order, break at any time, and are noticed broken late.
///
/// Invariants: of what one side sends over a connection, the other receives a beginning; unless the
/// connection is faulty, which loses, repeats or turns around messages for a while and then breaks.
final class Network {
    private static final int NOTICE_MILLIS = 200;

    private final World world;
    private final List<Link> links = new ArrayList<>();
    private final Map<Long, Connection> connections = new HashMap<>();
    private final List<Connection> broken = new ArrayList<>();
    private final Set<Integer> blocked = new HashSet<>();
    private final Set<Long> faulty = new HashSet<>();
    private long lastConnection;

    record Link(int a, int b) {}

    private static final class Connection {
        private final long id;
        private final Link link;
        private final Set<Integer> openFor = new HashSet<>();
        private final Set<Integer> closedFor = new HashSet<>();
        private final Map<Integer, Long> lastArrival = new HashMap<>();
        private final Map<Integer, Queue<Bytes>> held = new HashMap<>();
        private boolean faulty;

        Connection(long id, Link link) {
            this.id = id;
            this.link = link;
        }

        int other(int side) {
            return side == link.a() ? link.b() : link.a();
        }
    }

    Network(World world) {
        this.world = world;
    }

    void link(int a, int b) {
        var link = new Link(a, b);
        if (!links.contains(link) && !links.contains(new Link(b, a))) {
            links.add(link);
        }
    }

    List<Link> links() {
        return links;
    }

    void start() {
        for (Link link : links) {
            keepConnected(link);
        }
    }

    private void keepConnected(Link link) {
        world.afterMillis(
                world.between(10, 300),
                () -> {
                    boolean connected =
                            connections.values().stream().anyMatch(c -> c.link.equals(link));
                    if (!connected) {
                        connect(link);
                    }
                    keepConnected(link);
                });
    }

    /// Also beside a connection that is there, as happens when both sides dial.
    void connect(Link link) {
        Replica a = world.replicas.get(link.a());
        Replica b = world.replicas.get(link.b());
        if (!a.up || !b.up || isBlocked(link.a(), link.b()) || isBlocked(link.b(), link.a())) {
            return;
        }
        var connection = new Connection(++lastConnection, link);
        connections.put(connection.id, connection);
        for (Replica side : List.of(a, b)) {
            int other = connection.other(side.number);
            side.after(
                    world.between(0, 20_000),
                    () -> {
                        if (!connection.closedFor.contains(side.number)) {
                            side.feed(
                                    other,
                                    new Input.Connected(connection.id, Bytes.EMPTY, Bytes.EMPTY));
                            connection.openFor.add(side.number);
                            deliverHeld(connection, other, side.number);
                        }
                    });
        }
    }

    void send(long id, int from, Bytes frame) {
        Connection connection = connections.get(id);
        if (connection == null || connection.closedFor.contains(from)) {
            return;
        }
        int to = connection.other(from);
        long arrival =
                Math.max(
                        world.nowMicros() + world.between(200, 20_000),
                        connection.lastArrival.getOrDefault(from, 0L));
        if (!connection.faulty || !world.oneIn(4)) {
            connection.lastArrival.put(from, arrival);
        } else if (world.oneIn(3)) {
            return;
        } else if (world.oneIn(2)) {
            int later = world.between(1, 30_000);
            world.after(
                    arrival + later - world.nowMicros(), () -> arrive(connection, from, to, frame));
        } else {
            // What is sent next may overtake it.
            arrival += world.between(1, 30_000);
        }
        world.after(arrival - world.nowMicros(), () -> arrive(connection, from, to, frame));
    }

    /// Whether what arrives over it need not be what was sent.
    boolean isFaulty(long id) {
        return faulty.contains(id);
    }

    /// The link's connections lose, repeat and turn around messages, until they break.
    void garble(Link link, int millis) {
        for (Connection connection : connections.values()) {
            if (connection.link.equals(link)) {
                connection.faulty = true;
                faulty.add(connection.id);
            }
        }
        world.afterMillis(millis, () -> breakLink(link));
    }

    private void arrive(Connection connection, int from, int to, Bytes frame) {
        Queue<Bytes> held = connection.held.computeIfAbsent(from, _ -> new ArrayDeque<>());
        if (isBlocked(from, to) || !connection.openFor.contains(to) || !held.isEmpty()) {
            held.add(frame);
        } else {
            deliver(connection, to, frame);
        }
    }

    private void deliver(Connection connection, int to, Bytes frame) {
        Replica receiver = world.replicas.get(to);
        if (!connection.closedFor.contains(to) && receiver.up) {
            receiver.receive(connection.other(to), connection.id, frame);
        }
    }

    /// One side gives the connection up; the other notices later.
    void close(long id, int by) {
        Connection connection = connections.remove(id);
        if (connection == null) {
            return;
        }
        connection.closedFor.add(by);
        noticeBroken(connection, connection.other(by));
    }

    private void noticeBroken(Connection connection, int side) {
        broken.add(connection);
        world.afterMillis(
                world.between(0, NOTICE_MILLIS),
                () -> {
                    broken.remove(connection);
                    if (connection.closedFor.add(side)) {
                        Replica replica = world.replicas.get(side);
                        if (replica.up) {
                            replica.feed(
                                    connection.other(side), new Input.Disconnected(connection.id));
                        }
                    }
                });
    }

    void breakLink(Link link) {
        for (Connection connection : List.copyOf(connections.values())) {
            if (connection.link.equals(link)) {
                connections.remove(connection.id);
                noticeBroken(connection, link.a());
                noticeBroken(connection, link.b());
            }
        }
    }

    /// A process is gone with all its connections, also those that it has not yet noticed to be
    /// broken: what is still on its way there reaches no later process.
    void crashed(int replica) {
        broken.forEach(connection -> connection.closedFor.add(replica));
        for (Connection connection : List.copyOf(connections.values())) {
            if (connection.link.a() == replica || connection.link.b() == replica) {
                close(connection.id, replica);
            }
        }
    }

    /// Nothing gets through in this direction; carriers give up after a while.
    void block(int from, int to) {
        blocked.add(direction(from, to));
        world.afterMillis(
                world.between(100, 2_000),
                () -> {
                    if (isBlocked(from, to)) {
                        breakLink(linkOf(from, to));
                    }
                });
    }

    void unblock(int from, int to) {
        blocked.remove(direction(from, to));
        for (Connection connection : List.copyOf(connections.values())) {
            if (connection.link.equals(linkOf(from, to))) {
                deliverHeld(connection, from, to);
            }
        }
    }

    private void deliverHeld(Connection connection, int from, int to) {
        Queue<Bytes> held = connection.held.getOrDefault(from, new ArrayDeque<>());
        while (!held.isEmpty() && connection.openFor.contains(to) && !isBlocked(from, to)) {
            deliver(connection, to, held.remove());
        }
    }

    void unblockAll() {
        for (Link link : links) {
            unblock(link.a(), link.b());
            unblock(link.b(), link.a());
        }
    }

    private boolean isBlocked(int from, int to) {
        return blocked.contains(direction(from, to));
    }

    private static int direction(int from, int to) {
        return from * 100 + to;
    }

    private Link linkOf(int a, int b) {
        return Objects.requireNonNull(
                links.stream()
                        .filter(l -> l.equals(new Link(a, b)) || l.equals(new Link(b, a)))
                        .findAny()
                        .orElse(null));
    }
}
