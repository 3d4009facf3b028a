package org.elohim.client.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.sync.SyncCodec;
import org.elohim.protocol.sync.SyncMessage;

import java.util.ArrayDeque;
import java.util.Deque;

/// One stream of gRPC that carries the messages of sync, as the WebSocket `/device` does.
///
/// Invariants: the listener is called by one thread at a time, and last of all with `closed`, once;
/// messages leave in the order they were given; what is queued for the wire is bounded; nothing
/// more is read before the listener has returned.
public final class SyncCall implements AutoCloseable {
    // The session's window and some answers; whoever queues more is not reading acknowledgements.
    private static final long QUEUED_BYTES_MAX = 64 << 20;

    private final ClientCall<Bytes, Bytes> call;
    private final Object lock = new Object();
    private final Deque<Bytes> queue = new ArrayDeque<>();
    private long queuedBytes;
    private boolean ended;

    /// Who hears what comes over the stream.
    public interface Listener {
        void message(SyncMessage message);

        /// The node says that it is there.
        void alive();

        /// The stream has ended.
        ///
        /// @param reason in words
        void closed(String reason);
    }

    private SyncCall(ClientCall<Bytes, Bytes> call) {
        this.call = call;
    }

    static SyncCall begin(ClientCall<Bytes, Bytes> call, Listener listener) {
        var begun = new SyncCall(call);
        call.start(begun.new Incoming(listener), new Metadata());
        call.request(1);
        return begun;
    }

    /// Queues a message for the wire.
    public void send(SyncMessage message) {
        send(SyncCodec.encode(message));
    }

    /// An empty message, by which the node sees that this side is there; it wants one within each
    /// 45 seconds where nothing else is said.
    public void sendAlive() {
        send(Bytes.EMPTY);
    }

    private void send(Bytes frame) {
        synchronized (lock) {
            if (ended) {
                return;
            }
            queue.add(frame);
            queuedBytes += frame.size();
            if (queuedBytes > QUEUED_BYTES_MAX) {
                cancel("the node does not read what it is sent");
            } else {
                pump();
            }
        }
    }

    private void pump() {
        synchronized (lock) {
            while (!ended && !queue.isEmpty() && call.isReady()) {
                Bytes next = queue.remove();
                queuedBytes -= next.size();
                call.sendMessage(next);
            }
        }
    }

    private void cancel(String reason) {
        synchronized (lock) {
            if (!ended) {
                ended = true;
                queue.clear();
                call.cancel(reason, null);
            }
        }
    }

    /// Ends the stream; the listener hears of it.
    @Override
    public void close() {
        cancel("closed here");
    }

    private final class Incoming extends ClientCall.Listener<Bytes> {
        private final Listener listener;

        Incoming(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void onReady() {
            pump();
        }

        @Override
        public void onMessage(Bytes frame) {
            if (frame.size() == 0) {
                listener.alive();
            } else {
                switch (SyncCodec.decode(frame)) {
                    case Decoded.Parsed<SyncMessage>(var message) -> listener.message(message);
                    case Decoded.Malformed<SyncMessage>(var reason) ->
                            cancel("the node speaks another language: " + reason);
                }
            }
            call.request(1);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            synchronized (lock) {
                ended = true;
                queue.clear();
            }
            String words = status.getDescription();
            listener.closed(
                    words != null
                            ? words
                            : status.isOk()
                                    ? "the node closed the stream"
                                    : status.getCode().toString());
        }
    }
}
