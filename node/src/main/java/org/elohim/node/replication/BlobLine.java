package org.elohim.node.replication;

import org.elohim.cluster.family.FamilyTls;
import org.elohim.protocol.blob.transfer.BlobFrame;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PushbackInputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import javax.net.ssl.SSLSocket;

/// Asks the family's other nodes about blobs, where they listen for it.
///
/// Connections are kept for the next request; one carries one request at a time, so that an answer
/// that is long keeps nobody else waiting. All of it waits in the thread of whoever asks.
///
/// Invariants: nobody is spoken to who has not proved to be the node that is meant; an answer on
/// which nothing comes for long fails.
final class BlobLine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobLine.class);

    /// Whoever is at work on something says so more often.
    static final Duration SILENCE_MAX = Duration.ofSeconds(20);

    private static final int CONNECT_MILLIS = 3_000;
    private static final Duration HANDSHAKE_MAX = Duration.ofSeconds(5);
    private static final int CONNECTIONS_MAX = 32;
    // Shorter than the other side waits for the next request.
    private static final long IDLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);
    static final int BUFFER_BYTES = 64 << 10;

    private final Optional<FamilyTls> tls;
    private final Function<NodeId, Optional<Address>> places;
    private final Map<NodeId, Lines> lines = new ConcurrentHashMap<>();
    private final WriteWatch watch;
    private final Duration silence;
    private volatile boolean isClosed;

    /// The connections to one node.
    private static final class Lines {
        final Semaphore free = new Semaphore(CONNECTIONS_MAX, true);
        // Guarded by itself; the one that was used last comes first.
        final Deque<Connection> idle = new ArrayDeque<>();

        Optional<Connection> take() {
            synchronized (idle) {
                return Optional.ofNullable(idle.poll());
            }
        }
    }

    private static final class Connection {
        final Socket plain;
        final PushbackInputStream in;
        final OutputStream out;
        long idleSince;

        Connection(SSLSocket socket, Socket plain, OutputStream out) throws IOException {
            this.plain = plain;
            this.in = new PushbackInputStream(socket.getInputStream());
            this.out = new BufferedOutputStream(out, BUFFER_BYTES);
        }

        /// Returns once the answer has begun.
        void ask(List<? extends BlobFrame.Question> questions) throws IOException {
            for (BlobFrame question : questions) {
                FrameInput.write(question, out);
            }
            FrameInput.writeEnd(out);
            int first = in.read();
            if (first < 0) {
                throw new IOException("it broke off");
            }
            in.unread(first);
        }
    }

    /// @param tls nothing where there is no family, so that nobody is reached
    /// @param places where a node listens, as far as it has told
    /// @param writeWithin so long a write may wait for the other side to read
    /// @param silence so long nothing may come of an answer
    BlobLine(
            Optional<FamilyTls> tls,
            Function<NodeId, Optional<Address>> places,
            Duration writeWithin,
            Duration silence) {
        this.silence = silence;
        this.watch = new WriteWatch(writeWithin);
        this.tls = tls;
        this.places = places;
    }

    /// The answers to these questions, to be closed.
    FrameInput ask(NodeId node, List<? extends BlobFrame.Question> questions) throws IOException {
        Lines to = lines.computeIfAbsent(node, _ -> new Lines());
        acquire(to);
        boolean isAsked = false;
        try {
            Connection connection = asked(node, to, questions);
            isAsked = true;
            return new FrameInput(
                    connection.in,
                    isWhole -> {
                        putBack(to, connection, isWhole);
                        to.free.release();
                    });
        } finally {
            if (!isAsked) {
                to.free.release();
            }
        }
    }

    private void acquire(Lines to) throws IOException {
        try {
            if (to.free.tryAcquire(silence.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("too much is asked of it at once");
    }

    // One that was kept may have been closed on the other side; whoever is asked twice does what is
    // asked once.
    private Connection asked(NodeId node, Lines to, List<? extends BlobFrame.Question> questions)
            throws IOException {
        for (Optional<Connection> kept = to.take(); kept.isPresent(); kept = to.take()) {
            Connection connection = kept.get();
            if (System.nanoTime() - connection.idleSince < IDLE_NANOS_MAX) {
                try {
                    connection.ask(questions);
                    return connection;
                } catch (SocketTimeoutException silent) {
                    close(connection);
                    throw silent;
                } catch (IOException wasClosed) {
                    LOG.debug("a connection was closed on the other side", wasClosed);
                }
            }
            close(connection);
        }
        Connection connection = connect(node);
        try {
            connection.ask(questions);
        } catch (IOException failed) {
            close(connection);
            throw failed;
        }
        return connection;
    }

    private Connection connect(NodeId node) throws IOException {
        Optional<Address> place = tls.flatMap(_ -> places.apply(node));
        if (place.isEmpty() || isClosed) {
            throw new IOException("it is not known where it is");
        }
        var plain = new Socket();
        watch.enter(plain);
        try {
            plain.connect(
                    new InetSocketAddress(place.get().host(), place.get().port()), CONNECT_MILLIS);
            plain.setTcpNoDelay(true);
            plain.setSoTimeout((int) Math.min(silence.toMillis(), HANDSHAKE_MAX.toMillis()));
            SSLSocket socket = tls.orElseThrow().connect(plain);
            Optional<NodeId> peer = FamilyTls.peer(socket.getSession());
            if (!peer.equals(Optional.of(node))) {
                throw new IOException("another node is there: " + peer.orElseThrow());
            }
            socket.setSoTimeout((int) silence.toMillis());
            return new Connection(socket, plain, watch.watched(plain, socket.getOutputStream()));
        } catch (IOException | RuntimeException failed) {
            watch.leave(plain);
            plain.close();
            throw failed;
        }
    }

    private void close(Connection connection) throws IOException {
        watch.leave(connection.plain);
        // Not the TLS above it, which would say so and wait for the other side to read.
        connection.plain.close();
    }

    private void putBack(Lines to, Connection connection, boolean isWhole) throws IOException {
        if (isWhole && !isClosed) {
            connection.idleSince = System.nanoTime();
            synchronized (to.idle) {
                to.idle.push(connection);
            }
        } else {
            close(connection);
        }
    }

    /// Tells one thing, and returns once that is done there.
    void told(NodeId node, BlobFrame.Question question) throws IOException {
        try (FrameInput answers = ask(node, List.of(question))) {
            switch (answers.only()) {
                case BlobFrame.Verdict(_, var kind, var words) -> {
                    if (kind != BlobFrame.Verdict.Kind.DONE) {
                        throw new IOException(words);
                    }
                }
                case BlobFrame other -> throw new IOException("not an answer: " + other);
            }
        }
    }

    /// Whoever waits for an answer is told that it broke off.
    @Override
    public void close() {
        isClosed = true;
        watch.close();
    }
}
