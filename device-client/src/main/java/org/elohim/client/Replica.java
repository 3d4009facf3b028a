package org.elohim.client;

import org.elohim.client.blob.BlobOptions;
import org.elohim.client.link.Links;
import org.elohim.client.store.LocalStore;
import org.elohim.client.store.Nodes;
import org.elohim.client.store.StoreUnusable;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Tier;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All documents of one device, on its own disk, and its nodes. Everything works without a network:
/// what an edit has changed is on the disk when it returns; while a node can be reached, both keep
/// each other up to date.
///
/// ```java
/// try (var replica = Replica.open(Path.of("notes"))) {
///     replica.connect("ws://home.local:8080/device?token=…");
///     Document note = replica.create();
///     note.edit(edit -> edit.set(org.elohim.crdt.Path.of("title"), new Value.Str("Milk")));
///     note.await(Tier.ACCEPTED, Duration.ofSeconds(5));
/// }
/// ```
///
/// Any thread may call; several processes may open one directory at once. Documents are opened in a
/// child process, so that a change that breaks the engine cannot end the app.
public final class Replica implements AutoCloseable {
    private static final int ID_BYTES = 16;

    // Beyond these a document that nobody is at work on is read again when it is needed. A change
    // takes about 120 bytes of a graph.
    static final int LOADED_MAX = 64;
    private static final int LOADED_CHANGES_MAX = 200_000;

    private final SecureRandom random = new SecureRandom();
    private final Thread.Builder.OfPlatform threads =
            Thread.ofPlatform().name("elohim-replica").daemon();
    private final ExecutorService executor = Executors.newSingleThreadExecutor(this::thread);
    private final ReplicaOptions options;
    private final LocalStore store;
    private final EngineProcess engines =
            new EngineProcess(EngineProcess.Limits.DEFAULT, InstantSource.system());
    private final Map<DocumentId, Document> documents = new HashMap<>();
    // In the order of the last use; belongs to the thread.
    private final Map<DocumentId, Document> loaded = new LinkedHashMap<>(16, 0.75f, true);
    private final Subscriptions subscriptions = new Subscriptions();
    private final Optional<Links> links;
    private volatile Optional<Thread> own = Optional.empty();

    private Replica(Path directory, ReplicaOptions options, boolean linked) {
        this.options = options;
        this.store = LocalStore.open(directory, this::drawn);
        this.links =
                linked
                        ? Optional.of(Links.start(directory, subscriptions::changed))
                        : Optional.empty();
    }

    /// Opens the replica in this directory, or makes one, and keeps it in sync with the nodes it
    /// knows until it is closed.
    ///
    /// @throws StoreUnusable where the directory cannot be used; its message says what to do
    public static Replica open(Path directory) {
        return open(directory, ReplicaOptions.DEFAULT);
    }

    /// The same with other options than those by default.
    public static Replica open(Path directory, ReplicaOptions options) {
        return new Replica(directory, options, true);
    }

    /// The same without any network, and without news of what others change: nobody who subscribes
    /// is told.
    public static Replica openOffline(Path directory) {
        return openOffline(directory, ReplicaOptions.DEFAULT);
    }

    /// The same with other options than those by default.
    public static Replica openOffline(Path directory, ReplicaOptions options) {
        return new Replica(directory, options, false);
    }

    private Thread thread(Runnable task) {
        Thread made = threads.unstarted(task);
        own = Optional.of(made);
        return made;
    }

    /// A new, empty document. It is there for others once it has been edited.
    public Document create() {
        DocumentId id = DocumentId.ofRandom(drawn().toArray());
        call(
                () -> {
                    store.draft(id);
                    return true;
                });
        return opened(id);
    }

    /// The document of this id, empty where nothing of it is here yet. The nodes that this process
    /// speaks with are asked for it then: they may have it from somewhere else.
    public Document document(DocumentId id) {
        synchronized (documents) {
            // Once: an app may ask for it again and again.
            if (!documents.containsKey(id)) {
                links.ifPresent(here -> here.seek(id));
            }
            return opened(id);
        }
    }

    private Document opened(DocumentId id) {
        synchronized (documents) {
            return documents.computeIfAbsent(
                    id, _ -> new Document(id, this, store, engines, options));
        }
    }

    /// The ids of all documents that are here, those without a change included, the deleted ones
    /// not.
    public List<DocumentId> documents() {
        return call(
                () -> {
                    Set<DocumentId> deleted = store.deleted();
                    return Stream.concat(store.documents().stream(), store.drafts().stream())
                            .filter(id -> !deleted.contains(id))
                            .toList();
                });
    }

    /// The ids of those that were deleted.
    public Set<DocumentId> deleted() {
        return call(store::deleted);
    }

    /// Remembers a node, and syncs with it from now on. One that is known gets the new token.
    ///
    /// @param address `ws://HOST:PORT/device?token=TOKEN`
    /// @return its address without the token, by which it is called from now on
    /// @throws IllegalArgumentException where it is none, saying why
    public String connect(String address) {
        NodeUrl node = NodeUrl.parse(address);
        call(
                () -> {
                    store.nodes().remember(node.url(), node.token());
                    return true;
                });
        wake();
        return node.url();
    }

    /// Forgets a node; says whether it was known. The documents stay on both sides.
    public boolean disconnect(String url) {
        boolean known = call(() -> store.nodes().forget(url));
        wake();
        return known;
    }

    /// The blobs of the nodes that this device knows. Works without links, too: each call connects
    /// by itself.
    public Blobs blobs() {
        return new Blobs(() -> call(() -> store.nodes().all()), BlobOptions.DEFAULT);
    }

    /// Who this device is.
    public NodeId id() {
        return store.key().id();
    }

    public SyncStatus status() {
        return call(() -> status(store.end()));
    }

    private SyncStatus status(long through) {
        return new SyncStatus(
                id(),
                store.isLinked(),
                store.end(),
                store.nodes().all().stream().map(node -> status(node, through)).toList(),
                store.nodes().refusals(),
                store.nodes().onOneNodeOnly());
    }

    private SyncStatus.NodeStatus status(Nodes.Node node, long through) {
        // A process that was killed has not said that it is gone.
        boolean over = node.link() != Nodes.Link.BROKEN && !store.isLinked();
        return new SyncStatus.NodeStatus(
                node.url(),
                node.identity(),
                over ? Nodes.Link.IDLE : node.link(),
                node.reason(),
                store.nodes().unsent(node, Optional.empty(), through),
                store.nodes().refusals().stream()
                        .filter(refusal -> refusal.url().equals(node.url()))
                        .count());
    }

    /// Waits until this device and its nodes have the same, or cannot: what was changed here so far
    /// is there, what was there is here.
    ///
    /// @return how it stands in the end, also where time ran out
    public SyncStatus sync(Duration timeout) {
        return settled(timeout, SyncStatus::isSettled);
    }

    /// Waits until what was changed here so far is on a node, or none can be reached.
    public SyncStatus push(Duration timeout) {
        return settled(timeout, now -> now.isOnANode() || now.isSettled());
    }

    /// Waits until it is known whether the node of this address can be reached.
    public SyncStatus reach(String url, Duration timeout) {
        return settled(
                timeout,
                now ->
                        now.nodes().stream()
                                .filter(node -> node.url().equals(url))
                                .allMatch(node -> node.isConnected() || node.isBroken()));
    }

    private SyncStatus settled(Duration timeout, Predicate<SyncStatus> enough) {
        long through = call(store::end);
        links.ifPresent(Links::hurry);
        return waiting(timeout, () -> call(() -> status(through)), enough);
    }

    /// Waits until all that was changed on this device so far is as safe as wanted.
    public Reached await(Tier wanted, Duration timeout) {
        return await(Optional.empty(), wanted, timeout);
    }

    Reached await(Optional<DocumentId> document, Tier wanted, Duration timeout) {
        long through = call(store::end);
        return waiting(
                timeout,
                () -> call(() -> reached(document, through, wanted)),
                // More than is available never comes.
                now ->
                        now.tier().isPresent()
                                && (wanted == Tier.VERIFIED || now.whyNotMore().isEmpty()));
    }

    private Reached reached(Optional<DocumentId> document, long through, Tier wanted) {
        Nodes nodes = store.nodes();
        List<Nodes.Node> all = nodes.all();
        if (all.isEmpty()) {
            return new Reached(Optional.empty(), "this device knows no node yet; connect one");
        }
        Map<String, Nodes.Refusal> refused = new LinkedHashMap<>();
        for (Nodes.Refusal each : nodes.refusals()) {
            if (document.isEmpty() || document.get().equals(each.document())) {
                refused.putIfAbsent(each.url(), each);
            }
        }
        // One node is enough, whatever another refuses.
        boolean accepted =
                all.stream()
                        .filter(node -> !refused.containsKey(node.url()))
                        .anyMatch(node -> nodes.unsent(node, document, through) == 0);
        if (!accepted) {
            return new Reached(
                    Optional.empty(),
                    status(through).nodes().stream()
                            .map(node -> node.url() + ": " + why(node, refused.get(node.url())))
                            .collect(Collectors.joining("; ")));
        }
        boolean durable =
                all.stream()
                        .filter(node -> !refused.containsKey(node.url()))
                        .anyMatch(
                                node ->
                                        nodes.unsent(node, document, through) == 0
                                                && nodes.unsafe(node, document, through) == 0);
        Tier reached = durable && wanted != Tier.ACCEPTED ? Tier.DURABLE : Tier.ACCEPTED;
        return new Reached(
                Optional.of(reached),
                switch (wanted) {
                    case ACCEPTED -> "";
                    case DURABLE -> durable ? "" : whyNotDurable(all, document, through);
                    case VERIFIED -> "not available yet: there is no provenance in this version";
                });
    }

    private String whyNotDurable(
            List<Nodes.Node> all, Optional<DocumentId> document, long through) {
        return all.stream()
                .map(
                        node -> {
                            String obstacle = store.nodes().safety(node.url()).obstacle();
                            if (store.nodes().unsent(node, document, through) > 0) {
                                return node.url() + ": not on this node yet";
                            }
                            return node.url()
                                    + ": "
                                    + (obstacle.isEmpty()
                                            ? "it has not said yet that another node of the family"
                                                    + " holds it"
                                            : obstacle);
                        })
                .collect(Collectors.joining("; "));
    }

    private static String why(SyncStatus.NodeStatus node, Nodes.@Nullable Refusal refused) {
        return refused == null ? node.sentence() : "the node refuses it: " + refused.explanation();
    }

    private interface Look<T> {
        T now();
    }

    // Without links nothing is heard of, so there is nothing to wait for.
    private <T> T waiting(Duration timeout, Look<T> look, Predicate<T> enough) {
        if (links.isEmpty()) {
            return look.now();
        }
        Links here = links.get();
        long deadline = System.nanoTime() + timeout.toNanos();
        here.awaiting(true);
        wake();
        try {
            while (true) {
                long news = here.news();
                T now = look.now();
                if (enough.test(now) || !here.awaitNews(news, deadline - System.nanoTime())) {
                    return now;
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a node", stopped);
        } finally {
            here.awaiting(false);
        }
    }

    /// Calls `listener` with each document that has changed, by whomever; never for each single
    /// change where many come at once.
    public Subscription subscribe(Consumer<DocumentId> listener) {
        return subscriptions.add(listener);
    }

    /// Notes that this document has been read; others that were not for long are forgotten.
    void used(Document document) {
        loaded.put(document.id(), document);
        long changes = loaded.values().stream().mapToLong(Document::size).sum();
        var oldest = loaded.values().iterator();
        while ((loaded.size() > LOADED_MAX || changes > LOADED_CHANGES_MAX) && oldest.hasNext()) {
            Document each = oldest.next();
            long size = each.size();
            if (!each.equals(document) && each.forget()) {
                oldest.remove();
                changes -= size;
            }
        }
    }

    void wake() {
        links.ifPresent(Links::wake);
    }

    private Bytes drawn() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    /// Runs this on the one thread that store and documents belong to.
    <T> T call(Callable<T> what) {
        try {
            // Within an edit, for instance, documents can be read.
            return own.filter(Thread.currentThread()::equals).isPresent()
                    ? what.call()
                    : executor.submit(what).get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException reason) {
                throw reason;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the replica worked", stopped);
        } catch (RuntimeException failed) {
            throw failed;
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    /// Ends the child process and the connections, and closes the files. Everything is on the disk
    /// already.
    @Override
    public void close() {
        links.ifPresent(Links::close);
        subscriptions.close();
        call(
                () -> {
                    synchronized (documents) {
                        documents.values().forEach(Document::letGo);
                    }
                    engines.close();
                    store.close();
                    return true;
                });
        executor.close();
    }
}
