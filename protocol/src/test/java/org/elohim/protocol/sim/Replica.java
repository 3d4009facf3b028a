package org.elohim.protocol.sim;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A node or a device: real sessions and change graphs over a model of a disk.
///
/// Invariants: what was not fsynced is gone after a crash, and so is what lay only in memory.
///
/// Longer than a file should be: everything here is one process, which dies as a whole.
final class Replica {
    final int number;
    final boolean isNode;
    final boolean isObserver;
    final Store store;
    boolean up;
    private final World world;
    final NodeId id;
    private final long epoch;

    private static final List<Part> OBSERVED = List.of(Part.parse("reach:local"));

    // On disk, as the store.
    private final Map<Integer, Output.State> states = new HashMap<>();

    // On the disk of a device: up to where it knows its journal to be durable, by node.
    private Map<Integer, Map<Lane, Long>> durable = new HashMap<>();

    // On another disk.
    private int backedUp;
    private Map<Integer, Output.State> backedUpStates = Map.of();
    private Map<Integer, Map<Lane, Long>> backedUpDurable = Map.of();

    // In memory.
    private Map<Integer, SyncSession> sessions = new TreeMap<>();
    // What comes behind a Persist, per session, until that is on the disk.
    private Map<Integer, Deque<Output>> behind = new HashMap<>();
    private List<Commit> commits = new ArrayList<>();
    private Safety safety;
    private long life;
    private long answersAtMicros;

    // Of the world, not of the process.
    private Fatal fatal = Fatal.NEVER;

    /// Writes to disk, and returns what is to be told once it lies there.
    private interface Commit {
        Runnable write();
    }

    /// @param isObserver a node that holds what devices may have, and adds nothing
    Replica(World world, int number, boolean isNode, boolean isObserver) {
        this.world = world;
        this.number = number;
        this.isNode = isNode;
        this.isObserver = isObserver;
        this.epoch = 1L + number;
        byte[] key = new byte[32];
        key[0] = (byte) number;
        this.id = new NodeId(Bytes.copyOf(key));
        this.store = new Store(id, world.limits);
        this.safety = new Safety(world, this, durable);
    }

    void start() {
        if (up) {
            return;
        }
        up = true;
        life++;
        sessions = new TreeMap<>();
        behind = new HashMap<>();
        commits = new ArrayList<>();
        safety = new Safety(world, this, durable);
        store.reload();
        for (Network.Link link : world.network.links()) {
            if (link.a() == number || link.b() == number) {
                session(link.a() == number ? link.b() : link.a());
            }
        }
        tick();
    }

    private void session(int peer) {
        Replica other = world.replicas.get(peer);
        sessions.put(
                peer,
                new SyncSession(
                        new SyncSession.Config(
                                id,
                                other.id,
                                life,
                                SyncSession.CAPABILITIES,
                                isNode && other.isNode,
                                SyncSession.PERSIST_MILLIS,
                                document -> allows(other, document),
                                document -> takes(other, document),
                                isObserver && other.isNode ? OBSERVED : List.of(),
                                SyncSession.NO_LEAVE,
                                _ -> false),
                        world.compareFirst ? comparing(state(peer)) : state(peer)));
    }

    private Output.State state(int peer) {
        return states.getOrDefault(peer, Output.State.initial(epoch + 100 * life));
    }

    private static Output.State comparing(Output.State state) {
        return new Output.State(
                state.mine(), state.peerEpoch(), state.peerRun(), state.held(), true);
    }

    /// A node that holds everything.
    boolean isFull() {
        return isNode && !isObserver;
    }

    /// Whether the peer may have a document, as far as this replica knows by now.
    boolean allows(Replica peer, DocumentId document) {
        if (isObserver && peer.isNode) {
            return false;
        }
        return peer.isFull() || (world.mayEverHold(peer, document) && !store.isNarrowed(document));
    }

    /// Whether the peer may change it here.
    private boolean takes(Replica peer, DocumentId document) {
        if (!isNode) {
            return world.mayEverHold(this, document);
        }
        return isObserver ? peer.isFull() : !peer.isObserver && allows(peer, document);
    }

    /// Names this process.
    long run() {
        return life;
    }

    void crash() {
        if (up) {
            if (world.positionsSurvive) {
                sessions.forEach((peer, session) -> states.put(peer, session.state()));
            }
            up = false;
            life++;
            world.network.crashed(number);
        }
    }

    /// Copies the disk as it is.
    void backUp() {
        backedUp = store.end();
        backedUpStates = Map.copyOf(states);
        backedUpDurable = Map.copyOf(durable);
    }

    /// Puts the last backup in the place of the disk, while no process runs.
    void goBack() {
        crash();
        world.invariants.forgotten(this, store.goBack(backedUp));
        states.clear();
        states.putAll(backedUpStates);
        durable = new HashMap<>(backedUpDurable);
    }

    /// Does something later, unless this process is gone by then.
    void after(long micros, Runnable what) {
        long mine = life;
        world.after(
                micros,
                () -> {
                    if (up && life == mine) {
                        what.run();
                    }
                });
    }

    private void tick() {
        sessions.keySet().forEach(this::tick);
        after(200_000, this::tick);
    }

    private void tick(int peer) {
        feed(peer, new Input.Tick(world.nowMillis()));
        if (isNode && world.replicas.get(peer).isNode) {
            // Nothing is said of how it stands before that is known; the figures are for people.
            feed(peer, new Input.Standing(0, 0, 0, true));
        }
    }

    void receive(int peer, long connection, Bytes frame) {
        switch (SyncCodec.decode(frame)) {
            case Decoded.Parsed<SyncMessage>(var message) -> {
                world.invariants.said(world.replicas.get(peer), this, connection, message);
                feed(peer, new Input.Received(connection, message));
            }
            case Decoded.Malformed<SyncMessage>(var reason) ->
                    throw new Failure(Failure.Kind.BROKEN, reason);
        }
    }

    void feed(int peer, Input input) {
        SyncSession session = sessions.get(peer);
        if (session == null) {
            return;
        }
        if (input instanceof Input.Connected) {
            safety.connected(peer);
        }
        List<Output> outputs = world.defect.apply(session.handle(input));
        session.checkInvariants();
        for (Output output : outputs) {
            // Now it is decided; it goes out a little later where it stands behind a Persist.
            if (output instanceof Output.Send(long _, var message)) {
                world.invariants.sends(this, world.replicas.get(peer), message);
            }
        }
        outputs.forEach(output -> execute(peer, output));
        safety.after(peer, session);
    }

    private void execute(int peer, Output output) {
        Deque<Output> waiting = behind.get(peer);
        if (waiting != null) {
            waiting.add(output);
            return;
        }
        Replica other = world.replicas.get(peer);
        switch (output) {
            case Output.Send(long connection, var message) ->
                    world.network.send(connection, number, SyncCodec.encode(message));
            case Output.Close(long connection, var _) -> world.network.close(connection, number);
            case Output.ReadPage read ->
                    // Entries may be committed between the reading and the answer.
                    read(
                            () -> {
                                Input page =
                                        store.page(
                                                read,
                                                isNode && other.isNode,
                                                entry -> tells(other, entry));
                                read(() -> feed(peer, page));
                            });
            case Output.ReadChanges read -> {
                int max = world.oneIn(4) ? 3 : SyncMessage.CHANGES_MAX;
                read(
                        () -> {
                            Input found = store.changes(read, max);
                            read(() -> feed(peer, found));
                        });
            }
            // Of what is elsewhere the world has no way.
            case Output.Obtain obtain ->
                    read(() -> feed(peer, new Input.Obtained(obtain.ticket())));
            // Small pages, so that there are several.
            case Output.ReadDigests read -> read(() -> feed(peer, store.digests(read, 2)));
            case Output.CompareDigests compare ->
                    commit(
                            () -> {
                                Input compared = store.compare(compare, other.id);
                                return () -> feed(peer, compared);
                            });
            case Output.Take take ->
                    commit(
                            () -> {
                                Entry cost = other.isNode || !isNode ? Entry.RELAY : Entry.DEVICE;
                                Input taken = store.take(take, other.id, cost);
                                return () -> feed(peer, taken);
                            });
            case Output.TakeMark mark ->
                    commit(
                            () -> {
                                Input taken = takeMark(mark);
                                return () -> feed(peer, taken);
                            });
            case Output.TakeRuling(long ticket, var document, var ruling, long lived) ->
                    commit(
                            () -> {
                                store.rule(document, ruling, other.id);
                                store.live(document, lived);
                                Input taken = Settlement.noted(ticket, List.of());
                                return () -> feed(peer, taken);
                            });
            case Output.Persist(var state, _) -> {
                Deque<Output> waits = new ArrayDeque<>();
                behind.put(peer, waits);
                commit(
                        () -> {
                            states.put(peer, state);
                            return () -> {
                                behind.remove(peer);
                                waits.forEach(each -> execute(peer, each));
                            };
                        });
            }
            case Output.Acknowledged acknowledged ->
                    acknowledged
                            .entries()
                            .forEach(
                                    entry ->
                                            world.invariants.entryAcknowledged(this, other, entry));
            // Invariants has noted it when it was said.
            case Output.Refused _, Output.Obstacle _ -> {}
            case Output.Reached(var _, var cursors) -> {
                if (!isNode) {
                    safety.reached(peer, cursors);
                }
            }
        }
    }

    private Input takeMark(Output.TakeMark mark) {
        store.live(mark.document(), mark.life());
        return new Input.Taken(
                mark.ticket(),
                Set.of(),
                List.of(),
                List.of(),
                mark.kind() == StreamEntry.Kind.RESTORED ? store.heads(mark.document()) : List.of(),
                List.of());
    }

    private void read(Runnable what) {
        after(world.between(50, 3_000), what);
    }

    /// Everything that comes in during one fsync goes to disk with the next.
    private void commit(Commit commit) {
        commits.add(commit);
        if (commits.size() == 1) {
            after(world.between(500, 8_000), this::fsync);
        }
    }

    /// The process dies at one of its next fsyncs, with the write on the disk or not.
    void crashAtDisk(int commitsBefore, boolean written, int downMillis) {
        fatal = new Fatal(commitsBefore, written, downMillis);
    }

    private void crash(int downMillis) {
        crash();
        world.afterMillis(downMillis, this::start);
    }

    private void fsync() {
        Fatal now = fatal;
        boolean dies = now.commits() == 0;
        fatal = now.next();
        if (dies && !now.written()) {
            crash(now.downMillis());
            return;
        }
        List<Commit> batch = commits;
        commits = new ArrayList<>();
        int before = store.end();
        List<Runnable> answers = batch.stream().map(Commit::write).toList();
        if (dies) {
            crash(now.downMillis());
            return;
        }
        Map<Integer, Input.Fresh> heard = heard(before);
        // A crash may come between the disk and the answer. Answers keep their order.
        answersAtMicros = Math.max(answersAtMicros, world.nowMicros() + world.between(0, 2_000));
        after(
                answersAtMicros - world.nowMicros(),
                () -> {
                    heard.forEach(this::feed);
                    answers.forEach(Runnable::run);
                });
    }

    /// What each session is told of it. One whose peer may have nothing of it hears only now and
    /// then how far the journal has come, but for siblings: they have to have come as far.
    private Map<Integer, Input.Fresh> heard(int before) {
        var heard = new TreeMap<Integer, Input.Fresh>();
        for (int peer : sessions.keySet()) {
            boolean siblings = isNode && world.replicas.get(peer).isNode;
            List<StreamEntry> theirs =
                    store.entriesFrom(before, siblings).stream()
                            .filter(entry -> isFor(entry, peer))
                            .toList();
            if (!theirs.isEmpty() || siblings || store.end() % 8 == 0) {
                heard.put(peer, new Input.Fresh(theirs, store.end()));
            }
        }
        return heard;
    }

    // As a node looks at its journal for an observer, or for whom an observer has nothing.
    private boolean tells(Replica peer, StreamEntry entry) {
        if (!isNode || !peer.isNode || (isFull() && peer.isFull())) {
            return true;
        }
        return isFull()
                && (entry.kind() == StreamEntry.Kind.RULED
                        ? world.mayEverHold(peer, entry.document())
                        : allows(peer, entry.document()));
    }

    private boolean isFor(StreamEntry entry, int peer) {
        Replica other = world.replicas.get(peer);
        if (entry.kind() == StreamEntry.Kind.RULED && other.isObserver) {
            return tells(other, entry);
        }
        boolean allowed = allows(other, entry.document());
        return store.concerns(entry) && allowed == (entry.kind() != StreamEntry.Kind.WITHDRAWN);
    }

    void edit(DocumentId document) {
        if (!up || isObserver) {
            return;
        }
        int size = world.oneIn(30) ? StreamEntry.INLINE_BYTES_MAX : world.between(1, 200);
        byte[] content = new byte[size];
        world.random.nextBytes(content);
        commit(
                () -> {
                    ContentHash hash = store.edit(document, Bytes.copyOf(content));
                    return () -> {
                        if (hash != null) {
                            world.invariants.editAcknowledged(this, document, hash);
                        }
                    };
                });
    }

    /// A person here deletes the document, or restores it.
    void live(DocumentId document, boolean alive) {
        if (up && !isObserver) {
            commit(
                    () -> {
                        if (store.isDeleted(document) == alive) {
                            store.live(document, store.life(document) + 1);
                        }
                        return () -> {};
                    });
        }
    }

    /// Somebody rules that devices may have the document, or may not.
    void changeReach(DocumentId document, boolean narrow) {
        if (up && !isObserver) {
            commit(
                    () -> {
                        store.changeReach(document, narrow);
                        return () -> {};
                    });
        }
    }

    boolean isIdle() {
        return up && commits.isEmpty() && sessions.values().stream().allMatch(SyncSession::isIdle);
    }

    /// Whether a node that has enough others has told of all that it took; empty, or of what not.
    String unsafe() {
        for (var each : isNode ? Map.<Integer, SyncSession>of().entrySet() : sessions.entrySet()) {
            int peer = each.getKey();
            long accepted = each.getValue().state().mine().cursors().getOrDefault(Lane.LOCAL, 0L);
            long safe = durable.getOrDefault(peer, Map.of()).getOrDefault(Lane.LOCAL, 0L);
            boolean brought =
                    store.entriesFrom(0, false).stream()
                            .filter(entry -> entry.lane() == Lane.LOCAL)
                            .filter(entry -> !store.isDeleted(entry.document()))
                            .anyMatch(e -> e.ordering() > safe && e.ordering() <= accepted);
            if (world.replicas.get(peer).siblings() >= world.durableNodes && brought) {
                return this
                        + " waits for "
                        + peer
                        + ": "
                        + safe
                        + " of "
                        + accepted
                        + " "
                        + world.replicas.get(peer).safety;
            }
        }
        return "";
    }

    private long siblings() {
        return isObserver
                ? 0
                : sessions.keySet().stream()
                        .filter(peer -> world.replicas.get(peer).isFull())
                        .count();
    }

    /// Both sides of each relationship mean the same numbers; a crash may have taken some of them
    /// back on the side that holds, until the next event.
    void checkPositions() {
        sessions.forEach(
                (peer, session) -> {
                    Replica other = world.replicas.get(peer);
                    SyncSession theirs = other.sessions.get(number);
                    if (theirs != null && theirs.state().peerRun() == life) {
                        long held = theirs.state().held();
                        long acknowledged = session.state().mine().acknowledged();
                        Failure.unless(
                                held <= acknowledged,
                                Failure.Kind.BROKEN,
                                () -> other + " holds " + held + " of " + acknowledged);
                    }
                });
    }

    @Override
    public String toString() {
        return (isObserver ? "observer " : isNode ? "node " : "device ") + number;
    }

    String describe() {
        return this + (up ? " up " : " down ") + "commits=" + commits.size() + " " + sessions;
    }
}
