package org.elohim.client.link;

import org.elohim.client.store.LocalStore;
import org.elohim.client.store.Nodes;
import org.elohim.client.store.StoreUnusable;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.StreamEntry;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// All that a device has with its nodes, and what tells its documents that something has come.
///
/// Invariants: of all processes that use a store one speaks with the nodes, and another takes over
/// when it ends; what anybody commits to the store is passed on, in the order of the journal.
///
/// It has a thread and a connection to the store of its own, so that a document that takes long to
/// open never makes a node wait.
public final class Links implements AutoCloseable {
    private static final long TICK_MILLIS = 50;
    private static final long LOOK_MILLIS = 500;
    private static final int PAGE_ENTRIES = 256;
    // The last ones to be opened; what falls out comes once a node offers it.
    private static final int SOUGHT_MAX = 256;
    private static final int HOLDER_BYTES = 16;

    private final SecureRandom random = new SecureRandom();
    private final Bytes holder = drawn(HOLDER_BYTES);
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("elohim-links").daemon().factory());
    private final HttpClient http = HttpClient.newHttpClient();
    private final LocalStore store;
    private final Intake intake;
    private final Consumer<Set<DocumentId>> changed;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final AtomicInteger awaited = new AtomicInteger();
    private final Lock newsLock = new ReentrantLock();
    private final Condition newsCame = newsLock.newCondition();
    private long news;

    // All below belongs to the thread.
    private final Map<String, Uplink> uplinks = new HashMap<>();
    private boolean linked;
    private long lookedAtMillis = -LOOK_MILLIS;
    private long seenVersion = -1;
    private long seen;
    private final Set<DocumentId> sought = new LinkedHashSet<>();

    private Links(LocalStore store, Consumer<Set<DocumentId>> changed) {
        this.store = store;
        this.intake = new Intake(store);
        this.changed = changed;
        this.seen = store.end();
    }

    /// Begins to speak with the nodes that the store remembers, and to look for changes.
    ///
    /// @param changed hears which documents anybody has changed; must not block
    public static Links start(Path directory, Consumer<Set<DocumentId>> changed) {
        var nonce = new SecureRandom();
        LocalStore store =
                LocalStore.open(
                        directory,
                        () -> {
                            byte[] bytes = new byte[HOLDER_BYTES];
                            nonce.nextBytes(bytes);
                            return Bytes.copyOf(bytes);
                        });
        var links = new Links(store, changed);
        var _ =
                links.thread.scheduleWithFixedDelay(
                        () -> links.guarded(links::tick), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return links;
    }

    /// Somebody in this process has written, or remembered a node: no need to wait for a look.
    public void wake() {
        if (!woken.getAndSet(true)) {
            post(
                    () -> {
                        woken.set(false);
                        look();
                        spread();
                    });
        }
    }

    /// Somebody has opened this document: where nothing of it is here, nodes are asked for it, once
    /// over each connection until something of it has come.
    public void seek(DocumentId document) {
        post(
                () -> {
                    if (store.has(document) || !sought.add(document)) {
                        return;
                    }
                    if (sought.size() > SOUGHT_MAX) {
                        sought.remove(sought.iterator().next());
                    }
                    uplinks.values().forEach(uplink -> uplink.seek(document));
                });
    }

    Set<DocumentId> sought() {
        return sought;
    }

    /// Tries the nodes that could not be reached once more, at once.
    public void hurry() {
        await(
                () -> {
                    look();
                    uplinks.values().forEach(Uplink::hurry);
                });
    }

    /// While anybody waits, acknowledgements are written down at once and not once a second.
    public void awaiting(boolean begins) {
        awaited.addAndGet(begins ? 1 : -1);
    }

    /// Grows whenever something may have changed that somebody waits for.
    public long news() {
        newsLock.lock();
        try {
            return news;
        } finally {
            newsLock.unlock();
        }
    }

    /// Waits for more news than these; says whether there are, or time ran out.
    public boolean awaitNews(long seenNews, long nanos) throws InterruptedException {
        newsLock.lock();
        try {
            long left = nanos;
            while (news == seenNews && left > 0) {
                left = newsCame.awaitNanos(left);
            }
            return news != seenNews;
        } finally {
            newsLock.unlock();
        }
    }

    private void tell() {
        newsLock.lock();
        try {
            news++;
            newsCame.signalAll();
        } finally {
            newsLock.unlock();
        }
    }

    // No failure may end the ticking: the disk may have room again later, and what is wrong with
    // one document is told, and tried again.
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (StoreUnusable later) {
            lookedAtMillis = nowMillis();
        } catch (RuntimeException failed) {
            lookedAtMillis = nowMillis();
            confess("this device cannot go on: " + failed.getMessage());
        }
    }

    private void confess(String failure) {
        for (Uplink uplink : List.copyOf(uplinks.values())) {
            try {
                uplink.lost(failure);
            } catch (RuntimeException untold) {
                // The store takes nothing; the next tick tries everything once more.
            }
        }
    }

    private void tick() {
        if (nowMillis() - lookedAtMillis >= LOOK_MILLIS) {
            look();
        }
        long version = store.version();
        if (version != seenVersion) {
            seenVersion = version;
            spread();
            tell();
        }
        for (Uplink uplink : List.copyOf(uplinks.values())) {
            uplink.tick(nowMillis());
        }
    }

    /// Sees which nodes there are, and whether this process is to speak with them.
    private void look() {
        lookedAtMillis = nowMillis();
        List<Nodes.Node> remembered = store.nodes().all();
        if (!linked && (remembered.isEmpty() || !store.takeLink(holder))) {
            return;
        }
        if (!linked) {
            linked = true;
            // What the one before has said last is over.
            remembered.forEach(node -> store.nodes().say(node.url(), Nodes.Link.IDLE, ""));
        }
        var urls = new LinkedHashSet<String>();
        for (Nodes.Node node : remembered) {
            urls.add(node.url());
            uplinks.computeIfAbsent(node.url(), _ -> new Uplink(this, node)).token(node.token());
        }
        for (Uplink uplink : List.copyOf(uplinks.values())) {
            if (!urls.contains(uplink.url())) {
                uplinks.remove(uplink.url());
                uplink.close("no longer wanted");
            }
        }
    }

    /// Passes on what was committed since the last time, by whomever.
    void spread() {
        while (true) {
            List<StreamEntry> entries = store.after(seen, PAGE_ENTRIES);
            if (entries.isEmpty()) {
                return;
            }
            seen = entries.getLast().ordering();
            var fresh = new Input.Fresh(entries, seen);
            uplinks.values().forEach(uplink -> uplink.fresh(fresh));
            Set<DocumentId> documents = new LinkedHashSet<>();
            entries.forEach(entry -> documents.add(entry.document()));
            sought.removeAll(documents);
            changed.accept(documents);
        }
    }

    void acknowledged(Uplink uplink) {
        if (isAwaited()) {
            uplink.persist();
        }
    }

    boolean isAwaited() {
        return awaited.get() > 0;
    }

    void isSafe(String url, String token, Nodes.Safety safety) {
        store.nodes().isSafe(url, token, safety);
        tell();
    }

    void persist(String url, String token, Output.State state) {
        store.nodes().persist(url, token, state);
        tell();
    }

    void say(String url, Nodes.Link link, String reason) {
        store.nodes().say(url, link, reason);
        tell();
    }

    boolean hasOther(Uplink self, NodeId identity) {
        return store.nodes().all().stream()
                .anyMatch(
                        node ->
                                node.identity().filter(identity::equals).isPresent()
                                        && !node.url().equals(self.url())
                                        && (node.link() == Nodes.Link.CATCHING_UP
                                                || node.link() == Nodes.Link.LEVEL));
    }

    /// Runs this on the links' thread, some time later.
    void post(Runnable task) {
        try {
            thread.execute(() -> guarded(task));
        } catch (RejectedExecutionException closed) {
            // Nobody is interested any more.
        }
    }

    /// Runs this on the links' thread, and returns when it is done.
    void await(Runnable task) {
        try {
            thread.submit(() -> guarded(task)).get();
        } catch (RejectedExecutionException | CancellationException closed) {
            // Nobody is interested any more.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
    }

    NodeKey key() {
        return store.key();
    }

    HttpClient http() {
        return http;
    }

    Intake intake() {
        return intake;
    }

    Nodes nodes() {
        return store.nodes();
    }

    /// Names one session to its node.
    long newRun() {
        return random.nextLong();
    }

    Bytes nonce() {
        return drawn(Proof.NONCE_BYTES);
    }

    double random() {
        return random.nextDouble();
    }

    private Bytes drawn(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Bytes.copyOf(bytes);
    }

    long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    @Override
    public void close() {
        await(
                () -> {
                    for (Uplink uplink : uplinks.values()) {
                        uplink.close("the device goes");
                        store.nodes().say(uplink.url(), Nodes.Link.IDLE, "");
                    }
                    uplinks.clear();
                    if (linked) {
                        store.releaseLink(holder);
                    }
                });
        // Whoever waits for one of these need not any more.
        for (Runnable task : thread.shutdownNow()) {
            if (task instanceof Future<?> waitedFor) {
                waitedFor.cancel(false);
            }
        }
        thread.close();
        store.close();
        http.shutdownNow();
    }
}
