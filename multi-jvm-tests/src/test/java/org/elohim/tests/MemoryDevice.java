package org.elohim.tests;

import org.elohim.client.grpc.GrpcNode;
import org.elohim.client.grpc.SyncCall;
import org.elohim.client.link.NodeSocket;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.elohim.protocol.sync.Tier;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// A device whose store is its memory: the real session and graphs over a real connection, one
/// thread for all of it.
///
/// Invariants: what a node has acknowledged is in `acknowledged`; it goes on after any cut, as long
/// as this process lives, and at any node of the family, one at a time.
///
/// The file is long because all of it belongs to that one thread: what the session wants done, the
/// store, and two carriers; apart, each part would have to be told of the thread.
public final class MemoryDevice implements AutoCloseable {
    private final SecureRandom random = new SecureRandom();
    private final NodeKey key = NodeKey.generate();
    final NodeId id = key.id();
    private final Writing writing;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("device").daemon().factory());
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<DocumentId, ChangeGraph> graphs = new HashMap<>();
    private final Map<ContentHash, Change> changes = new HashMap<>();
    private final Map<DocumentId, Integer> ownChanges = new HashMap<>();
    private final List<StreamEntry> journal = new ArrayList<>();
    private final Map<NodeId, SyncSession> sessions = new HashMap<>();
    private @Nullable SyncSession session;
    private @Nullable NodeId peer;
    private volatile @Nullable Line line;
    private volatile long connection;

    private final Set<ContentHash> edits = ConcurrentHashMap.newKeySet();
    final Set<ContentHash> acknowledged = ConcurrentHashMap.newKeySet();
    private final Queue<Acknowledgement> acknowledgements = new ConcurrentLinkedQueue<>();
    final Queue<SyncMessage> heard = new ConcurrentLinkedQueue<>();
    final List<SyncMessage.Refused> refused = new CopyOnWriteArrayList<>();
    final Map<DocumentId, Long> lives = new ConcurrentHashMap<>();
    final Set<DocumentId> withdrawn = ConcurrentHashMap.newKeySet();
    final AtomicReference<String> closed = new AtomicReference<>("never connected");

    /// Why the node does not call more durable.
    final AtomicReference<String> obstacle = new AtomicReference<>("");

    /// How often it was told that more of its journal is durable.
    final AtomicLong durables = new AtomicLong();

    /// A node has said that it holds a change.
    public record Acknowledgement(NodeId node, Tier tier, ContentHash change) {}

    /// How it writes its changes.
    public enum Writing {
        /// As Automerge does: anybody can read them, and look at their hash alone.
        PLAIN,
        /// Encrypted and signed: who takes them in checks the signature.
        SEALED
    }

    public MemoryDevice() {
        this(Writing.SEALED);
    }

    public MemoryDevice(Writing writing) {
        this.writing = writing;
        var _ = thread.scheduleWithFixedDelay(this::tick, 100, 100, TimeUnit.MILLISECONDS);
    }

    Bytes sign(Bytes message) {
        return key.sign(message);
    }

    /// Opens a connection; `closed` says when and why it has ended.
    public void connect(String nodeUrl, String token) throws Exception {
        closed.set("");
        long number = connection + 1;
        connection = number;
        URI address = URI.create(nodeUrl.replaceFirst("^http", "ws") + "/device?token=" + token);
        var _ =
                NodeSocket.connect(
                                http,
                                address,
                                new NodeSocket.Listener() {
                                    @Override
                                    public void opened(NodeSocket opened) {
                                        line =
                                                new Line() {
                                                    @Override
                                                    public void send(SyncMessage message) {
                                                        opened.send(message);
                                                    }

                                                    @Override
                                                    public void close() {
                                                        opened.close();
                                                    }
                                                };
                                    }

                                    @Override
                                    public void message(SyncMessage message) {
                                        thread.execute(() -> received(number, message));
                                    }

                                    @Override
                                    public void alive() {}

                                    @Override
                                    public void closed(String reason) {
                                        closed.set(reason);
                                        thread.execute(() -> disconnected(number));
                                    }
                                })
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS);
    }

    /// The same over gRPC, whose connection ends with the stream.
    void connectGrpc(GrpcNode node) {
        connectGrpc(node, () -> {});
    }

    /// @param before reading each message: as long as that does not return, nothing more is read
    void connectGrpc(GrpcNode node, Runnable before) {
        closed.set("");
        long number = connection + 1;
        connection = number;
        call(
                () -> {
                    SyncCall open =
                            node.sync(
                                    new SyncCall.Listener() {
                                        @Override
                                        public void message(SyncMessage message) {
                                            before.run();
                                            thread.execute(() -> received(number, message));
                                        }

                                        @Override
                                        public void alive() {}

                                        @Override
                                        public void closed(String reason) {
                                            closed.set(reason);
                                            node.close();
                                            thread.execute(() -> disconnected(number));
                                        }
                                    });
                    line =
                            new Line() {
                                @Override
                                public void send(SyncMessage message) {
                                    open.send(message);
                                }

                                @Override
                                public void close() {
                                    open.close();
                                }
                            };
                    return open;
                });
    }

    /// What carries the messages.
    private interface Line {
        void send(SyncMessage message);

        void close();
    }

    private void disconnected(long number) {
        var lost = new Input.Disconnected(number);
        sessions.forEach((node, each) -> feed(node, each, lost));
    }

    public void disconnect() {
        Line open = line;
        if (open != null) {
            open.close();
        }
    }

    private void received(long number, SyncMessage message) {
        if (number != connection) {
            return;
        }
        heard.add(message);
        if (message instanceof SyncMessage.Challenge(var node, var nonce, var _)) {
            peer = node;
            session = sessions.computeIfAbsent(node, this::session);
            // Else the session would take the time before its first tick for a long silence.
            tick();
            feed(new Input.Connected(number, nonce, Proof.of(id, node, nonce, this::sign)));
        } else {
            feed(new Input.Received(number, message));
        }
    }

    private SyncSession session(NodeId node) {
        return new SyncSession(
                new SyncSession.Config(
                        id,
                        node,
                        random.nextLong(),
                        SyncSession.CAPABILITIES,
                        false,
                        SyncSession.PERSIST_MILLIS,
                        _ -> true,
                        _ -> true),
                Output.State.initial(random.nextLong() | 1));
    }

    private void tick() {
        var now = new Input.Tick(TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        sessions.forEach((node, each) -> feed(node, each, now));
    }

    private void feed(Input input) {
        if (peer != null && session != null) {
            feed(peer, session, input);
        }
    }

    private void feed(NodeId node, SyncSession to, Input input) {
        to.handle(input).forEach(output -> perform(node, to, output));
    }

    private void later(NodeId node, SyncSession to, Supplier<Input> answer) {
        thread.execute(() -> feed(node, to, answer.get()));
    }

    private void perform(NodeId node, SyncSession of, Output output) {
        switch (output) {
            case Output.Send(long number, var message) -> {
                if (line != null && number == connection) {
                    line.send(message);
                }
            }
            case Output.Close(long number, var reason) -> {
                // A newer connection may be open by now.
                if (number == connection) {
                    closed.set(reason);
                    disconnect();
                }
            }
            case Output.ReadPage read -> later(node, of, () -> page(read));
            case Output.Take take -> later(node, of, () -> take(node, take));
            case Output.TakeMark mark -> later(node, of, () -> takeMark(mark));
            case Output.TakeRuling _ -> throw new IllegalStateException("of no sibling: " + output);
            case Output.Obtain obtain -> later(node, of, () -> new Input.Obtained(obtain.ticket()));
            case Output.ReadChanges read -> later(node, of, () -> changes(read));
            case Output.ReadDigests read ->
                    later(node, of, () -> new Input.DigestsRead(read.ticket(), List.of(), true));
            case Output.CompareDigests compare ->
                    later(node, of, () -> new Input.Compared(compare.ticket(), List.of()));
            // A process of its memory alone never begins anew.
            case Output.Persist _ -> {}
            case Output.Reached(var _, var cursors) -> {
                if (cursors.values().stream().anyMatch(cursor -> cursor > 0)) {
                    durables.incrementAndGet();
                }
            }
            case Output.Obstacle(var _, var words) -> obstacle.set(words);
            case Output.Acknowledged(var _, var tier, var entries) ->
                    entries.forEach(
                            entry -> {
                                acknowledged.addAll(entry.hashes());
                                entry.hashes()
                                        .forEach(
                                                hash ->
                                                        acknowledgements.add(
                                                                new Acknowledgement(
                                                                        node, tier, hash)));
                            });
            case Output.Refused(var each) -> refused.add(each);
        }
    }

    /// Makes a change of so many bytes, and sends it when it can.
    public ContentHash edit(DocumentId document, int sizeBytes) {
        return call(
                () -> {
                    int seq = ownChanges.merge(document, 1, Integer::sum);
                    List<ContentHash> heads = graph(document).heads();
                    Bytes content = Bytes.copyOf(new byte[sizeBytes]);
                    Change change =
                            switch (writing) {
                                case PLAIN -> Chunks.change(heads, id.publicKey(), seq, content);
                                case SEALED ->
                                        SealedChange.sign(
                                                document,
                                                id.publicKey(),
                                                seq,
                                                heads,
                                                content,
                                                this::sign);
                            };
                    append(Lane.LOCAL, document, null, List.of(change));
                    edits.add(change.hash());
                    return change.hash();
                });
    }

    /// Waits until the node has greeted: whatever is asked for before is not heard.
    void awaitOpen() {
        NodeProcess.await(
                "the node's greeting",
                () -> heard.stream().anyMatch(SyncMessage.Level.class::isInstance));
    }

    /// Asks for a document of which it was never told.
    void seek(DocumentId document) {
        thread.execute(() -> feed(new Input.Seek(document)));
    }

    /// How many edits the node has not acknowledged yet.
    public long unacknowledged() {
        return edits.stream().filter(edit -> !acknowledged.contains(edit)).count();
    }

    private Input take(NodeId from, Output.Take take) {
        List<Change> arrived = take.changes().stream().map(MemoryDevice::parsed).toList();
        ChangeGraph graph = graph(take.document());
        Decision decision = graph.decide(arrived, Entry.RELAY);
        graph.keepWaiting(decision);
        if (!decision.accepted().isEmpty()) {
            append(
                    take.lane() == Lane.LOCAL ? Lane.NEW : take.lane(),
                    take.document(),
                    arrived.containsAll(decision.accepted()) ? from : null,
                    decision.accepted());
        }
        return new Settlement(graph, decision, Entry.RELAY)
                .answer(take.ticket(), take.lane(), take.awaited(), arrived);
    }

    private Input takeMark(Output.TakeMark mark) {
        if (mark.kind() == StreamEntry.Kind.WITHDRAWN) {
            withdrawn.add(mark.document());
        } else if (mark.life() > lives.getOrDefault(mark.document(), 0L)) {
            lives.put(mark.document(), mark.life());
            var entry =
                    StreamEntry.ofLife(
                            journal.size() + 1, Lane.LOCAL, mark.document(), mark.life());
            fresh(entry);
        }
        return Settlement.noted(mark.ticket(), graph(mark.document()).heads());
    }

    public boolean isDeleted(DocumentId document) {
        return lives.getOrDefault(document, 0L) % 2 == 1;
    }

    private void fresh(StreamEntry entry) {
        journal.add(entry);
        sessions.forEach((node, each) -> feed(node, each, Input.Fresh.of(entry)));
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
        graph(document).apply(entry.ordering(), accepted);
        accepted.forEach(change -> changes.put(change.hash(), change));
        fresh(entry);
    }

    private Input page(Output.ReadPage read) {
        List<StreamEntry> entries =
                journal.stream()
                        .filter(e -> e.lane() == read.lane() && e.ordering() > read.after())
                        .limit(read.entriesMax())
                        .toList();
        boolean end = entries.size() < read.entriesMax();
        return new Input.Page(
                read.ticket(), entries, end ? journal.size() : entries.getLast().ordering(), end);
    }

    private Input changes(Output.ReadChanges read) {
        List<Bytes> found =
                graph(read.document())
                        .wanted(
                                read.heads(),
                                read.hashes(),
                                read.bytesMax(),
                                SyncMessage.CHANGES_MAX)
                        .stream()
                        .map(location -> Objects.requireNonNull(changes.get(location.hash())))
                        .map(Change::bytes)
                        .toList();
        return new Input.ChangesRead(read.ticket(), found);
    }

    private ChangeGraph graph(DocumentId document) {
        return graphs.computeIfAbsent(document, _ -> new ChangeGraph(CostLimits.DEFAULT));
    }

    public List<ContentHash> heads(DocumentId document) {
        return call(() -> graph(document).heads());
    }

    public boolean has(DocumentId document, ContentHash hash) {
        return call(() -> graph(document).has(hash));
    }

    /// Which of these changes it has.
    public Set<ContentHash> held(DocumentId document, Collection<ContentHash> of) {
        return call(
                () -> {
                    ChangeGraph graph = graph(document);
                    return of.stream().filter(graph::has).collect(Collectors.toSet());
                });
    }

    public boolean isLevel() {
        return call(() -> session != null && session.isIdle());
    }

    private <T> T call(Callable<T> what) {
        try {
            return thread.submit(what).get(20, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failed) {
            throw new AssertionError(failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stopped);
        }
    }

    private static Change parsed(Bytes bytes) {
        return switch (Change.parse(bytes)) {
            case Decoded.Parsed<? extends Change>(var change) -> change;
            case Decoded.Malformed<? extends Change>(var reason) ->
                    throw new AssertionError(reason);
        };
    }

    /// Why there is no connection; empty while there is one.
    public String trouble() {
        return closed.get();
    }

    public List<Acknowledgement> acknowledgements() {
        return List.copyOf(acknowledgements);
    }

    public List<SyncMessage.Refused> refusals() {
        return List.copyOf(refused);
    }

    @Override
    public void close() {
        disconnect();
        thread.shutdownNow();
        http.shutdownNow();
    }
}
