package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import akka.actor.typed.ActorRef;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A connection of a device that says what the test tells it.
public final class Device implements Carrier {
    private static final long PATIENCE_SECONDS = 20;

    private final ActorRef<Peers.Command> peers;
    private final ActorRef<PeerSync.Next> next;
    private final NodeId id;
    private final long connection;
    private final BlockingQueue<SyncMessage> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> closed = new CompletableFuture<>();

    public Device(
            ActorRef<Peers.Command> peers,
            ActorRef<PeerSync.Next> next,
            NodeId id,
            long connection) {
        this.next = next;
        this.peers = peers;
        this.id = id;
        this.connection = connection;
    }

    public void send(SyncMessage message) {
        peers.tell(
                new Peers.Command.Tell(
                        id, new PeerSync.Command.Received(connection, message, next)));
    }

    /// What it hears next of that kind.
    public <T extends SyncMessage> T await(Class<T> type) {
        while (true) {
            SyncMessage next = next();
            if (type.isInstance(next)) {
                return type.cast(next);
            }
        }
    }

    void await(SyncMessage message) {
        while (!next().equals(message)) {}
    }

    SyncMessage next() {
        try {
            SyncMessage next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertNotNull(next, "nothing more is heard");
            return next;
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    boolean isClosed() {
        return closed.isDone();
    }

    String awaitClosed() {
        return closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void send(Bytes frame) {
        if (SyncCodec.decode(frame) instanceof Decoded.Parsed<SyncMessage>(var message)) {
            heard.add(message);
        }
    }

    @Override
    public void close(String reason) {
        closed.complete(reason);
    }

    @Override
    public boolean isCongested() {
        return false;
    }
}
