package org.elohim.protocol.sim;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A node or a device: real sessions and change graphs over a model of a disk.
///
/// Invariants: what was not fsynced is gone after a crash, and so is what lay only in memory.
///
/// Longer than other files: disk, memory and the driver of the sessions are one thing to a crash.
final class Replica {
    final int number;
    final boolean isNode;
    boolean up;
    private final World world;
    private final NodeId id;
    private final long epoch;

    // On disk.
    private final List<Journaled> journal = new ArrayList<>();
    private final Map<Integer, Output.State> states = new HashMap<>();
    private final Set<ContentHash> everJournaled = new HashSet<>();

    // In memory.
    private Map<DocumentId, ChangeGraph> graphs = new TreeMap<>();
    private Map<ContentHash, Change> changes = new HashMap<>();
    private Map<DocumentId, Integer> ownChanges = new HashMap<>();
    private Map<Integer, SyncSession> sessions = new TreeMap<>();
    private List<Commit> commits = new ArrayList<>();
    private long life;
    private long answersAtMicros;

    private record Journaled(StreamEntry entry, List<Change> changes) {}

    /// Writes to disk, and returns what is to be told once it lies there.
    private interface Commit {
        Runnable write();
    }

    Replica(World world, int number, boolean isNode) {
        this.world = world;
        this.number = number;
        this.isNode = isNode;
        this.epoch = 1L + number;
        byte[] key = new byte[32];
        key[0] = (byte) number;
        this.id = new NodeId(Bytes.copyOf(key));
    }

    void start() {
        if (up) {
            return;
        }
        up = true;
        life++;
        graphs = new TreeMap<>();
        changes = new HashMap<>();
        ownChanges = new HashMap<>();
        sessions = new TreeMap<>();
        commits = new ArrayList<>();
        journal.forEach(this::takeIn);
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
                                0,
                                document -> world.mayHold(other, document),
                                document -> world.mayHold(this, document),
                                world.compareFirst),
                        states.getOrDefault(peer, Output.State.initial(epoch))));
    }

    void crash() {
        if (up) {
            up = false;
            life++;
            world.network.crashed(number);
        }
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
        sessions.keySet().forEach(peer -> feed(peer, new Input.Tick(world.nowMillis())));
        after(200_000, this::tick);
    }

    void receive(int peer, long connection, Bytes frame) {
        switch (SyncCodec.decode(frame)) {
            case Decoded.Parsed<SyncMessage>(var message) -> {
                world.invariants.said(world.replicas.get(peer), this, connection, message);
                feed(peer, new Input.Received(connection, message));
            }
            case Decoded.Malformed<SyncMessage>(var reason) -> throw new AssertionError(reason);
        }
    }

    void feed(int peer, Input input) {
        SyncSession session = sessions.get(peer);
        if (session == null) {
            return;
        }
        List<Output> outputs = session.handle(input);
        session.checkInvariants();
        outputs.forEach(output -> execute(peer, output));
    }

    private void execute(int peer, Output output) {
        switch (output) {
            case Output.Send(long connection, var message) ->
                    world.network.send(connection, number, SyncCodec.encode(message));
            case Output.Close(long connection, var _) -> world.network.close(connection, number);
            case Output.ReadPage read ->
                    // Entries may be committed between the reading and the answer.
                    read(
                            () -> {
                                Input page = page(read);
                                read(() -> feed(peer, page));
                            });
            case Output.ReadChanges read -> read(() -> feed(peer, changes(read)));
            case Output.ReadDigests read -> read(() -> feed(peer, digests(read)));
            case Output.CompareDigests compare -> read(() -> feed(peer, compared(compare)));
            case Output.Take take -> commit(() -> take(peer, take));
            case Output.TakeMark mark -> throw new AssertionError(mark);
            case Output.Persist(var state) ->
                    commit(
                            () -> {
                                states.put(peer, state);
                                return () -> {};
                            });
            case Output.Acknowledged acknowledged ->
                    acknowledged
                            .entries()
                            .forEach(
                                    entry ->
                                            world.invariants.entryAcknowledged(
                                                    world.replicas.get(peer), entry));
            case Output.Refused(var refused) -> throw new AssertionError(refused);
        }
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

    private void fsync() {
        List<Commit> batch = commits;
        commits = new ArrayList<>();
        int before = journal.size();
        List<Runnable> answers = batch.stream().map(Commit::write).toList();
        int end = journal.size();
        // A crash may come between the disk and the answer. Answers keep their order.
        answersAtMicros = Math.max(answersAtMicros, world.nowMicros() + world.between(0, 2_000));
        after(
                answersAtMicros - world.nowMicros(),
                () -> {
                    for (Journaled fresh : List.copyOf(journal.subList(before, end))) {
                        sessions.keySet()
                                .forEach(peer -> feed(peer, new Input.Fresh(fresh.entry())));
                    }
                    answers.forEach(Runnable::run);
                });
    }

    private void takeIn(Journaled journaled) {
        StreamEntry entry = journaled.entry();
        graph(entry.document()).apply(entry.ordering(), journaled.changes());
        for (Change change : journaled.changes()) {
            changes.put(change.hash(), change);
            if (change.actor().equals(id.publicKey())) {
                ownChanges.merge(entry.document(), 1, Integer::sum);
            }
        }
    }

    private ChangeGraph graph(DocumentId document) {
        return graphs.computeIfAbsent(document, _ -> new ChangeGraph(CostLimits.DEFAULT));
    }

    private void append(
            Lane lane, DocumentId document, @Nullable NodeId origin, List<Change> accepted) {
        List<Bytes> bytes = accepted.stream().map(Change::bytes).toList();
        long size = bytes.stream().mapToLong(Bytes::size).sum();
        var entry =
                StreamEntry.ofChanges(
                        journal.size() + 1,
                        lane,
                        document,
                        accepted.stream().map(Change::hash).toList(),
                        origin,
                        size <= StreamEntry.INLINE_BYTES_MAX ? bytes : List.of());
        accepted.forEach(
                change -> Invariants.check(everJournaled.add(change.hash()), this + " twice"));
        var journaled = new Journaled(entry, accepted);
        journal.add(journaled);
        takeIn(journaled);
    }

    void edit() {
        List<DocumentId> documents = new ArrayList<>(world.shared);
        if (isNode) {
            documents.addAll(world.nodesOnly);
        }
        DocumentId document = documents.get(world.random.nextInt(documents.size()));
        int size = world.oneIn(30) ? StreamEntry.INLINE_BYTES_MAX : world.between(1, 200);
        byte[] content = new byte[size];
        world.random.nextBytes(content);
        commit(
                () -> {
                    Change change =
                            SealedChange.sign(
                                    document,
                                    id.publicKey(),
                                    ownChanges.getOrDefault(document, 0) + 1,
                                    graph(document).heads(),
                                    Bytes.copyOf(content),
                                    _ -> Bytes.copyOf(new byte[64]));
                    append(Lane.LOCAL, document, null, List.of(change));
                    return () -> world.invariants.editAcknowledged(document, change.hash());
                });
    }

    private Runnable take(int peer, Output.Take take) {
        List<Change> arrived =
                take.changes().stream().<Change>map(bytes -> parsed(Change.parse(bytes))).toList();
        ChangeGraph graph = graph(take.document());
        Decision decision = graph.decide(arrived, Entry.RELAY);
        Invariants.check(decision.refused().isEmpty(), "refused " + decision.refused());
        graph.keepWaiting(decision);
        Set<ContentHash> fromPeer = new HashSet<>();
        arrived.forEach(change -> fromPeer.add(change.hash()));
        Set<ContentHash> durable = new HashSet<>();
        decision.accepted().forEach(change -> durable.add(change.hash()));
        if (!decision.accepted().isEmpty()) {
            append(
                    take.lane() == Lane.LOCAL ? Lane.NEW : take.lane(),
                    take.document(),
                    fromPeer.containsAll(durable) ? world.replicas.get(peer).id : null,
                    decision.accepted());
        }
        Set<ContentHash> missing = new LinkedHashSet<>(decision.missing());
        Set<ContentHash> waiting = new HashSet<>();
        decision.orphans().forEach(orphan -> waiting.add(orphan.change().hash()));
        for (ContentHash awaited : take.awaited()) {
            if (graph.has(awaited)) {
                durable.add(awaited);
            } else if (!waiting.contains(awaited)) {
                missing.add(awaited);
            }
        }
        Set<ContentHash> shared = new LinkedHashSet<>(fromPeer);
        arrived.forEach(change -> change.deps().forEach(shared::remove));
        var answer =
                new Input.Taken(
                        take.ticket(),
                        durable,
                        List.of(),
                        List.copyOf(missing),
                        graph.heads(),
                        graph.known(shared));
        return () -> feed(peer, answer);
    }

    private Input page(Output.ReadPage read) {
        var entries = new ArrayList<StreamEntry>();
        long bytes = 0;
        for (int i = (int) read.after(); i < journal.size(); i++) {
            StreamEntry entry = journal.get(i).entry();
            if (entry.lane() == read.lane()) {
                bytes += entry.sizeBytes();
                if (entries.size() == read.entriesMax() || bytes > read.bytesMax()) {
                    return new Input.Page(
                            read.ticket(), entries, entries.getLast().ordering(), false);
                }
                entries.add(entry);
            }
        }
        return new Input.Page(read.ticket(), entries, journal.size(), true);
    }

    private Input changes(Output.ReadChanges read) {
        ChangeGraph graph = graph(read.document());
        var wanted =
                new LinkedHashSet<>(
                        read.hashes().isEmpty()
                                ? graph.missingSince(read.heads()).hashes()
                                : graph.ancestors(read.hashes()).hashes());
        wanted.removeAll(new HashSet<>(graph.ancestors(read.heads()).hashes()));
        var found = new ArrayList<Bytes>();
        long bytes = 0;
        int max = world.oneIn(4) ? 3 : SyncMessage.CHANGES_MAX;
        for (ContentHash hash : wanted) {
            Change change = changes.get(hash);
            Invariants.check(change != null, "known but gone " + hash);
            if (change != null) {
                bytes += change.sizeBytes();
                if (!found.isEmpty() && (bytes > read.bytesMax() || found.size() == max)) {
                    break;
                }
                found.add(change.bytes());
            }
        }
        return new Input.ChangesRead(read.ticket(), found);
    }

    private Input digests(Output.ReadDigests read) {
        var found = new ArrayList<SyncMessage.Digest>();
        for (var graph : graphs.entrySet()) {
            DocumentId after = read.after();
            if (after == null || graph.getKey().compareTo(after) > 0) {
                // Small pages, so that there are several.
                if (found.size() == 2) {
                    return new Input.DigestsRead(read.ticket(), found, false);
                }
                found.add(
                        new SyncMessage.Digest(graph.getKey(), graph.getValue().headsDigest(), 0));
            }
        }
        return new Input.DigestsRead(read.ticket(), found, true);
    }

    private Input compared(Output.CompareDigests compare) {
        var differing = new ArrayList<Input.Differing>();
        for (SyncMessage.Digest digest : compare.digests()) {
            if (!digest(digest.document()).equals(digest.heads())) {
                List<ContentHash> heads = graph(digest.document()).heads();
                differing.add(new Input.Differing(digest.document(), heads));
            }
        }
        return new Input.Compared(compare.ticket(), differing);
    }

    boolean has(DocumentId document, ContentHash hash) {
        return everJournaled.contains(hash) && graph(document).has(hash);
    }

    boolean knows(DocumentId document) {
        return graph(document).size() > 0;
    }

    ContentHash digest(DocumentId document) {
        return graph(document).headsDigest();
    }

    boolean isIdle() {
        return up && commits.isEmpty() && sessions.values().stream().allMatch(SyncSession::isIdle);
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
                        Invariants.check(
                                held <= acknowledged,
                                other + " holds " + held + " of " + acknowledged);
                    }
                });
    }

    private static Change parsed(Decoded<? extends Change> decoded) {
        return switch (decoded) {
            case Decoded.Parsed<? extends Change>(var change) -> change;
            case Decoded.Malformed<? extends Change>(var reason) ->
                    throw new AssertionError(reason);
        };
    }

    @Override
    public String toString() {
        return (isNode ? "node " : "device ") + number;
    }

    String describe() {
        return this + (up ? " up " : " down ") + "commits=" + commits.size() + " " + sessions;
    }
}
