package org.elohim.tests;

import org.elohim.client.link.NodeSocket;
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
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.Settlement;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.SyncSession;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.util.ArrayList;
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
import java.util.concurrent.atomic.AtomicReference;

/// A device whose store is its memory: the real session and graphs over a real connection, one
/// thread for all of it.
///
/// Invariants: what the node has acknowledged is in `acknowledged`; it goes on after any cut, as
/// long as this process lives.
final class MemoryDevice implements AutoCloseable {
    private final SecureRandom random = new SecureRandom();
    private final NodeKey key = NodeKey.generate();
    final NodeId id = key.id();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("device").daemon().factory());
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<DocumentId, ChangeGraph> graphs = new HashMap<>();
    private final Map<ContentHash, Change> changes = new HashMap<>();
    private final Map<DocumentId, Integer> ownChanges = new HashMap<>();
    private final List<StreamEntry> journal = new ArrayList<>();
    private Output.@Nullable State state;
    private @Nullable SyncSession session;
    private volatile @Nullable NodeSocket socket;
    private volatile long connection;

    private final Set<ContentHash> edits = ConcurrentHashMap.newKeySet();
    final Set<ContentHash> acknowledged = ConcurrentHashMap.newKeySet();
    final Queue<SyncMessage> heard = new ConcurrentLinkedQueue<>();
    final List<SyncMessage.Refused> refused = new CopyOnWriteArrayList<>();
    final Map<DocumentId, Long> lives = new ConcurrentHashMap<>();
    final Set<DocumentId> withdrawn = ConcurrentHashMap.newKeySet();
    final AtomicReference<String> closed = new AtomicReference<>("never connected");

    MemoryDevice() {
        var _ = thread.scheduleWithFixedDelay(this::tick, 100, 100, TimeUnit.MILLISECONDS);
    }

    Bytes sign(Bytes message) {
        return key.sign(message);
    }

    /// Opens a connection; `closed` says when and why it has ended.
    void connect(String nodeUrl, String token) throws Exception {
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
                                        socket = opened;
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
                                        thread.execute(() -> feed(new Input.Disconnected(number)));
                                    }
                                })
                        .toCompletableFuture()
                        .get(20, TimeUnit.SECONDS);
    }

    void disconnect() {
        NodeSocket open = socket;
        if (open != null) {
            open.close();
        }
    }

    private void received(long number, SyncMessage message) {
        heard.add(message);
        if (message instanceof SyncMessage.Challenge(var node, var nonce)) {
            if (session == null) {
                session =
                        new SyncSession(
                                new SyncSession.Config(
                                        id,
                                        node,
                                        random.nextLong(),
                                        0,
                                        false,
                                        SyncSession.PERSIST_MILLIS,
                                        _ -> true,
                                        _ -> true),
                                state == null
                                        ? Output.State.initial(random.nextLong() | 1)
                                        : state);
            }
            // Else the session would take the time before its first tick for a long silence.
            tick();
            feed(new Input.Connected(number, nonce, Proof.of(id, node, nonce, this::sign)));
        } else {
            feed(new Input.Received(number, message));
        }
    }

    private void tick() {
        feed(new Input.Tick(TimeUnit.NANOSECONDS.toMillis(System.nanoTime())));
    }

    private void feed(Input input) {
        if (session != null) {
            session.handle(input).forEach(this::perform);
        }
    }

    private void perform(Output output) {
        switch (output) {
            case Output.Send(long number, var message) -> {
                if (socket != null && number == connection) {
                    socket.send(message);
                }
            }
            case Output.Close(long number, var reason) -> {
                // A newer connection may be open by now.
                if (number == connection) {
                    closed.set(reason);
                    disconnect();
                }
            }
            case Output.ReadPage read -> thread.execute(() -> feed(page(read)));
            case Output.Take take -> thread.execute(() -> take(take));
            case Output.TakeMark mark -> thread.execute(() -> takeMark(mark));
            case Output.TakeRuling _ -> throw new IllegalStateException("of no sibling: " + output);
            case Output.ReadChanges read -> thread.execute(() -> feed(changes(read)));
            case Output.ReadDigests read ->
                    thread.execute(
                            () -> feed(new Input.DigestsRead(read.ticket(), List.of(), true)));
            case Output.CompareDigests compare ->
                    thread.execute(() -> feed(new Input.Compared(compare.ticket(), List.of())));
            case Output.Persist(var now) -> state = now;
            case Output.Acknowledged(var _, var _, var entries) ->
                    entries.forEach(entry -> acknowledged.addAll(entry.hashes()));
            case Output.Refused(var each) -> refused.add(each);
        }
    }

    /// Makes a change of so many bytes, and sends it when it can.
    ContentHash edit(DocumentId document, int sizeBytes) {
        return call(
                () -> {
                    Change change =
                            SealedChange.sign(
                                    document,
                                    id.publicKey(),
                                    ownChanges.merge(document, 1, Integer::sum),
                                    graph(document).heads(),
                                    Bytes.copyOf(new byte[sizeBytes]),
                                    this::sign);
                    append(Lane.LOCAL, document, null, List.of(change));
                    edits.add(change.hash());
                    return change.hash();
                });
    }

    /// How many edits the node has not acknowledged yet.
    long unacknowledged() {
        return edits.stream().filter(edit -> !acknowledged.contains(edit)).count();
    }

    private void take(Output.Take take) {
        List<Change> arrived = take.changes().stream().map(MemoryDevice::parsed).toList();
        ChangeGraph graph = graph(take.document());
        Decision decision = graph.decide(arrived, Entry.RELAY);
        graph.keepWaiting(decision);
        if (!decision.accepted().isEmpty()) {
            append(
                    take.lane() == Lane.LOCAL ? Lane.NEW : take.lane(),
                    take.document(),
                    arrived.containsAll(decision.accepted()) ? peer() : null,
                    decision.accepted());
        }
        feed(
                new Settlement(graph, decision, Entry.RELAY)
                        .answer(take.ticket(), take.lane(), take.awaited(), arrived));
    }

    private void takeMark(Output.TakeMark mark) {
        if (mark.kind() == StreamEntry.Kind.WITHDRAWN) {
            withdrawn.add(mark.document());
        } else if (mark.life() > lives.getOrDefault(mark.document(), 0L)) {
            lives.put(mark.document(), mark.life());
            var entry =
                    StreamEntry.ofLife(
                            journal.size() + 1, Lane.LOCAL, mark.document(), mark.life());
            journal.add(entry);
            feed(Input.Fresh.of(entry));
        }
        feed(Settlement.noted(mark.ticket(), graph(mark.document()).heads()));
    }

    boolean isDeleted(DocumentId document) {
        return lives.getOrDefault(document, 0L) % 2 == 1;
    }

    private @Nullable NodeId peer() {
        return heard.stream()
                .filter(SyncMessage.Challenge.class::isInstance)
                .map(message -> ((SyncMessage.Challenge) message).identity())
                .findFirst()
                .orElse(null);
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
        journal.add(entry);
        graph(document).apply(entry.ordering(), accepted);
        accepted.forEach(change -> changes.put(change.hash(), change));
        feed(Input.Fresh.of(entry));
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

    List<ContentHash> heads(DocumentId document) {
        return call(() -> graph(document).heads());
    }

    boolean has(DocumentId document, ContentHash hash) {
        return call(() -> graph(document).has(hash));
    }

    boolean isLevel() {
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

    @Override
    public void close() {
        disconnect();
        thread.shutdownNow();
        http.shutdownNow();
    }
}
