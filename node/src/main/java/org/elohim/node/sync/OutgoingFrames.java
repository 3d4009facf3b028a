package org.elohim.node.sync;

import akka.stream.BoundedSourceQueue;
import akka.stream.QueueOfferResult;

import org.elohim.cluster.sync.Carrier;
import org.elohim.protocol.Bytes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// The frames on their way to one peer.
///
/// Invariants: never more than the frames of its queue, nor many more bytes than its bound; whoever
/// does not take them away in time loses the connection, not the node its memory.
final class OutgoingFrames implements Carrier {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingFrames.class);

    static final int FRAMES_QUEUED_MAX = 4_096;
    // The window of a session and the answers to what it has asked before. What others only say
    // comes without a window.
    static final long BYTES_QUEUED_MAX = 64 << 20;
    // From here on nothing is read from the peer, so that no more answers come about.
    private static final int FRAMES_CONGESTED = 1_024;
    private static final long BYTES_CONGESTED = 4 << 20;

    private final BoundedSourceQueue<Bytes> queue;
    private final Runnable closing;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<Optional<String>> refusal =
            new AtomicReference<>(Optional.empty());
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger frames = new AtomicInteger();

    /// @param closing hears of the end, while the last frames may still be on their way
    OutgoingFrames(BoundedSourceQueue<Bytes> queue, Runnable closing) {
        this.queue = queue;
        this.closing = closing;
    }

    @Override
    public void send(Bytes frame) {
        if (closed.get()) {
            return;
        }
        frames.incrementAndGet();
        if (bytes.addAndGet(frame.size()) > BYTES_QUEUED_MAX
                || !QueueOfferResult.enqueued().equals(queue.offer(frame))) {
            close("the peer does not read what it is sent");
        }
    }

    /// A frame has left the queue. Says whether it is no longer congested by that.
    boolean taken(Bytes frame) {
        boolean before = isCongested();
        bytes.addAndGet(-frame.size());
        frames.decrementAndGet();
        return before && !isCongested();
    }

    /// Why this side has ended the connection, where it has.
    Optional<String> refusal() {
        return refusal.get();
    }

    @Override
    public void close(String reason) {
        close(reason, Optional.of(reason));
    }

    /// The connection has ended by itself.
    void end() {
        close("the connection has ended", Optional.empty());
    }

    private void close(String reason, Optional<String> why) {
        if (closed.compareAndSet(false, true)) {
            // Before the queue's end: who sees that asks why.
            refusal.set(why);
            LOG.debug("a connection ends: {}", reason);
            try {
                try {
                    queue.complete();
                } finally {
                    closing.run();
                }
            } catch (IllegalStateException endedByItself) {
                // The connection broke first. Thrown on, this would keep the streams of the
                // connection from ending, and its peer from hearing of it.
                return;
            }
        }
    }

    @Override
    public boolean isCongested() {
        return frames.get() > FRAMES_CONGESTED || bytes.get() > BYTES_CONGESTED;
    }
}
