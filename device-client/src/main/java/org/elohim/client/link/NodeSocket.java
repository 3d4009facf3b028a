package org.elohim.client.link;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// One WebSocket connection to a node's `/device`, which carries messages.
///
/// Invariants: the listener is called by one thread at a time, and last of all with `closed`, once;
/// frames leave in the order they were given; what is queued for the wire is bounded.
public final class NodeSocket implements AutoCloseable {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

    // The session's window and some answers; whoever queues more is not reading acknowledgements.
    private static final long QUEUED_BYTES_MAX = 64 << 20;

    private final Listener listener;
    private final Object lock = new Object();
    private final Deque<ByteBuffer> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean sending;
    private boolean closed;
    private final WebSocket socket;

    /// Who hears what comes over the connection.
    public interface Listener {
        /// The connection is open; comes before everything else.
        void opened(NodeSocket socket);

        void message(SyncMessage message);

        /// The node says that it is there.
        void alive();

        void closed(String reason);
    }

    private NodeSocket(WebSocket socket, Listener listener) {
        this.socket = socket;
        this.listener = listener;
    }

    /// Opens a connection; the address carries the token, `ws://HOST:PORT/device?token=…`.
    ///
    /// The stage fails with a `WebSocketHandshakeException` where the node answers something else
    /// than a WebSocket, 401 for instance.
    public static CompletionStage<NodeSocket> connect(
            HttpClient http, URI address, Listener listener) {
        var incoming = new Incoming(listener);
        return http.newWebSocketBuilder()
                .connectTimeout(CONNECT_WITHIN)
                .buildAsync(address, incoming)
                .thenApply(
                        socket -> {
                            var opened = new NodeSocket(socket, listener);
                            listener.opened(opened);
                            incoming.opened(opened);
                            return opened;
                        });
    }

    /// Queues a message for the wire.
    public void send(SyncMessage message) {
        send(SyncCodec.encode(message).asReadOnlyBuffer());
    }

    /// An empty frame, by which the node sees that the device is there.
    public void sendAlive() {
        send(ByteBuffer.allocate(0));
    }

    private void send(ByteBuffer frame) {
        boolean overflow;
        synchronized (lock) {
            if (closed) {
                return;
            }
            queue.add(frame);
            queuedBytes += frame.remaining();
            overflow = queuedBytes > QUEUED_BYTES_MAX;
        }
        if (overflow) {
            end("the node does not read what it is sent");
        } else {
            pump();
        }
    }

    // The JDK takes one frame at a time. Those that are sent at once must not nest calls.
    private void pump() {
        while (true) {
            ByteBuffer next;
            synchronized (lock) {
                if (sending || closed || queue.isEmpty()) {
                    return;
                }
                sending = true;
                next = queue.remove();
                queuedBytes -= next.remaining();
            }
            CompletableFuture<WebSocket> sent = socket.sendBinary(next, true);
            if (!sent.isDone()) {
                var _ = sent.whenComplete((_, failed) -> sent(failed == null));
                return;
            }
            if (sent.isCompletedExceptionally()) {
                end("the connection broke");
                return;
            }
            synchronized (lock) {
                sending = false;
            }
        }
    }

    private void sent(boolean well) {
        if (!well) {
            end("the connection broke");
            return;
        }
        synchronized (lock) {
            sending = false;
        }
        pump();
    }

    private void end(String reason) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            queue.clear();
        }
        socket.abort();
        listener.closed(reason);
    }

    /// Ends the connection; the listener hears of it.
    public void close(String reason) {
        end(reason);
    }

    @Override
    public void close() {
        end("closed here");
    }

    /// What comes in, put together to whole messages.
    private static final class Incoming implements WebSocket.Listener {
        private final Listener listener;
        private final CompletableFuture<NodeSocket> opened = new CompletableFuture<>();
        private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

        Incoming(Listener listener) {
            this.listener = listener;
        }

        void opened(NodeSocket socket) {
            opened.complete(socket);
        }

        @Override
        public void onOpen(WebSocket socket) {
            // Nothing is read before whoever listens can also send.
            var _ = opened.thenAccept(_ -> socket.request(1));
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            frame.writeBytes(part);
            if (frame.size() > SyncCodec.FRAME_BYTES_MAX) {
                end("a frame of the node is too large");
                return done();
            }
            if (last) {
                Bytes whole = Bytes.copyOf(frame.toByteArray());
                frame.reset();
                switch (SyncCodec.decode(whole)) {
                    case Decoded.Parsed<SyncMessage>(var message) -> listener.message(message);
                    case Decoded.Malformed<SyncMessage>(var reason) -> {
                        end("the node speaks another language: " + reason);
                        return done();
                    }
                }
            }
            socket.request(1);
            return done();
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            end("the node sent text where frames are binary");
            return done();
        }

        @Override
        public CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
            listener.alive();
            socket.request(1);
            return done();
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            end(reason.isEmpty() ? "the node closed the connection" : reason);
            return done();
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            end("the connection broke: " + error.getMessage());
        }

        private void end(String reason) {
            var _ = opened.thenAccept(socket -> socket.end(reason));
        }

        private static CompletionStage<?> done() {
            return CompletableFuture.completedFuture(null);
        }
    }
}
