package org.elohim.bench;

import org.elohim.client.link.NodeSocket;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Proof;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;

import java.net.URI;
import java.net.http.HttpClient;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A device as light as it can be: it speaks the protocol, but keeps nothing, so that the node's
/// work is measured and not the device's.
final class LoadDevice implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final NodeKey key = NodeKey.generate();
    private final NodeId id = key.id();
    private final SecureRandom random = new SecureRandom();
    private final CompletableFuture<NodeSocket> open = new CompletableFuture<>();
    private final Semaphore inFlight;
    private final Consumer<Bytes> received;
    private final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong durable = new AtomicLong();
    private final AtomicLong receivedChanges = new AtomicLong();
    private volatile boolean stalled;
    private volatile String failure = "";
    private long position;

    /// @param window how many changes may wait for their acknowledgement
    LoadDevice(int window, Consumer<Bytes> received) {
        this.inFlight = new Semaphore(window);
        this.received = received;
    }

    LoadDevice connect(HttpClient http, URI address) throws Exception {
        NodeSocket.connect(http, address, new Listener())
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        open.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return this;
    }

    /// Reads nothing more, and acknowledges nothing.
    void stall() {
        stalled = true;
    }

    long acknowledged() {
        if (!failure.isEmpty()) {
            throw new IllegalStateException(failure);
        }
        return acknowledged.get();
    }

    /// Of what it has written, what the family's other nodes hold as well.
    long durable() {
        return durable.get();
    }

    long receivedChanges() {
        return receivedChanges.get();
    }

    /// Sends one change as soon as the window lets it through.
    void write(DocumentId document, ContentHash hash, Bytes change) throws InterruptedException {
        inFlight.acquire();
        position++;
        open.join()
                .send(
                        new SyncMessage.Events(
                                position,
                                List.of(
                                        new SyncMessage.Event(
                                                document,
                                                List.of(hash),
                                                Lane.LOCAL,
                                                List.of(change)))));
    }

    void awaitAcknowledged(long changes) throws InterruptedException {
        while (acknowledged() < changes) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private final class Listener implements NodeSocket.Listener {
        private NodeSocket socket;

        @SuppressWarnings("NullAway.Init") // `opened` comes first
        Listener() {}

        @Override
        public void opened(NodeSocket opened) {
            socket = opened;
        }

        @Override
        public void message(SyncMessage message) {
            switch (message) {
                case SyncMessage.Challenge(var node, var nonce, var _) ->
                        socket.send(
                                new SyncMessage.Hello(
                                        1,
                                        id,
                                        0,
                                        random.nextLong() | 1,
                                        random.nextLong(),
                                        1,
                                        0,
                                        0,
                                        0,
                                        0,
                                        Bytes.EMPTY,
                                        Proof.of(id, node, nonce, key::sign)));
                case SyncMessage.Hello _ -> open.complete(socket);
                case SyncMessage.Level _ -> {}
                case SyncMessage.Obstacle _ -> {}
                case SyncMessage.Events events -> events(events);
                case SyncMessage.Ack(long upTo, var tier) -> {
                    if (tier == Tier.ACCEPTED) {
                        long before = acknowledged.getAndSet(upTo);
                        inFlight.release((int) (upTo - before));
                    } else if (tier == Tier.DURABLE) {
                        durable.set(upTo);
                    }
                }
                case SyncMessage.Failure(var text) -> failure = "the node says: " + text;
                default -> failure = "not expected: " + message;
            }
        }

        private void events(SyncMessage.Events events) {
            if (stalled) {
                return;
            }
            socket.send(new SyncMessage.Ack(events.lastPosition(), Tier.ACCEPTED));
            for (SyncMessage.Event event : events.events()) {
                event.changes().forEach(received);
                receivedChanges.addAndGet(event.changes().size());
            }
        }

        @Override
        public void alive() {}

        @Override
        public void closed(String reason) {
            open.completeExceptionally(new IllegalStateException("closed: " + reason));
        }
    }

    @Override
    public void close() {
        if (open.isDone() && !open.isCompletedExceptionally()) {
            open.join().close();
        }
    }
}
