package org.elohim.node.replication;

import org.elohim.cluster.family.FamilyTls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

import javax.net.ssl.SSLSocket;

/// Where this node's family asks it about blobs: a port of its own, and a thread for each
/// connection. Blobs are too much for streams of actors: what those cost for each piece of sixteen
/// kilobytes is more than encrypting it.
///
/// Invariants: only full nodes of the family are answered, each as the one that its certificate
/// proves; connections are bounded in number, and whoever neither asks nor reads is cut off.
final class BlobListener implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobListener.class);
    private static final int CONNECTIONS_MAX = 512;
    private static final int BACKLOG = 64;
    private static final int HANDSHAKE_MILLIS = 5_000;
    // Longer than whoever asks keeps a connection for the next request.
    private static final int NEXT_REQUEST_MILLIS = 60_000;

    /// So long a write may wait for the other side to read.
    static final Duration WRITE_WITHIN = Duration.ofSeconds(60);

    private static final int LOOKS = 10;

    private final FamilyTls tls;
    private final Answering answering;
    private final Duration writeWithin;
    private final ServerSocket listening;
    private final Semaphore free = new Semaphore(CONNECTIONS_MAX);
    // The sockets, and since when each waits for the other side to read; zero where it does not.
    private final Map<Socket, AtomicLong> open = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    /// Listens from now on.
    BlobListener(
            InetAddress address, int port, FamilyTls tls, Answering answering, Duration writeWithin)
            throws IOException {
        this.tls = tls;
        this.writeWithin = writeWithin;
        this.answering = answering;
        this.listening = new ServerSocket();
        try {
            listening.setReuseAddress(true);
            listening.bind(new InetSocketAddress(address, port), BACKLOG);
        } catch (IOException taken) {
            listening.close();
            throw taken;
        }
        Thread.ofVirtual().name("blob-listener").start(this::accept);
        Thread.ofVirtual().name("blob-listener-watch").start(this::watch);
    }

    int port() {
        return listening.getLocalPort();
    }

    int connections() {
        return open.size();
    }

    private void accept() {
        while (!isClosed) {
            try {
                Socket accepted = listening.accept();
                if (!free.tryAcquire()) {
                    accepted.close();
                    continue;
                }
                var waitsSince = new AtomicLong();
                open.put(accepted, waitsSince);
                if (isClosed) {
                    // It may have come behind the last look of whoever closes.
                    accepted.close();
                }
                Thread.startVirtualThread(() -> serve(accepted, waitsSince));
            } catch (SocketException closed) {
                if (!isClosed) {
                    LOG.warn("the port for blobs is closed reason={}", closed.toString());
                }
                return;
            } catch (IOException failed) {
                LOG.warn("a connection for blobs was not accepted reason={}", failed.toString());
            }
        }
    }

    private void serve(Socket accepted, AtomicLong waitsSince) {
        try (accepted) {
            accepted.setTcpNoDelay(true);
            accepted.setSoTimeout(HANDSHAKE_MILLIS);
            try (SSLSocket socket = tls.accept(accepted)) {
                socket.setSoTimeout(NEXT_REQUEST_MILLIS);
                answering.serve(
                        FamilyTls.peer(socket.getSession()).orElseThrow(),
                        socket.getInputStream(),
                        new Watched(socket.getOutputStream(), waitsSince));
            }
        } catch (IOException | RuntimeException ended) {
            LOG.debug("a connection for blobs has ended", ended);
        } finally {
            open.remove(accepted);
            free.release();
        }
    }

    // A write waits as long as the other side does not read, and knows no time-out.
    private static final class Watched extends OutputStream {
        private final OutputStream out;
        private final AtomicLong since;

        Watched(OutputStream out, AtomicLong since) {
            this.out = out;
            this.since = since;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            since.set(System.nanoTime() | 1);
            out.write(bytes, offset, length);
            since.set(0);
        }
    }

    private void watch() {
        while (!isClosed) {
            try {
                Thread.sleep(writeWithin.dividedBy(LOOKS));
            } catch (InterruptedException ended) {
                return;
            }
            long now = System.nanoTime();
            open.forEach(
                    (socket, since) -> {
                        long from = since.get();
                        if (from != 0 && now - from > writeWithin.toNanos()) {
                            close(socket);
                        }
                    });
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            listening.close();
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
        open.keySet().forEach(BlobListener::close);
    }
}
