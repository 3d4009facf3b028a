package org.elohim.node.replication;

import org.elohim.cluster.family.FamilyTls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.Semaphore;

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

    private static final Duration AGAIN_AFTER = Duration.ofMillis(200);

    private final FamilyTls tls;
    private final Answering answering;
    private final ServerSocket listening;
    private final Semaphore free = new Semaphore(CONNECTIONS_MAX);
    private final WriteWatch watch;
    private volatile boolean isClosed;

    /// Listens from now on.
    BlobListener(
            InetAddress address, int port, FamilyTls tls, Answering answering, Duration writeWithin)
            throws IOException {
        this.tls = tls;
        this.answering = answering;
        this.listening = new ServerSocket();
        try {
            listening.setReuseAddress(true);
            listening.bind(new InetSocketAddress(address, port), BACKLOG);
        } catch (IOException taken) {
            listening.close();
            throw taken;
        }
        this.watch = new WriteWatch(writeWithin);
        Thread.ofVirtual().name("blob-listener").start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    int connections() {
        return watch.connections();
    }

    private void accept() {
        while (!isClosed) {
            try {
                Socket accepted = listening.accept();
                if (!free.tryAcquire()) {
                    accepted.close();
                    continue;
                }
                watch.enter(accepted);
                Thread.startVirtualThread(() -> serve(accepted));
            } catch (IOException failed) {
                // Where there are too many open files the next one may be taken again.
                if (!isClosed) {
                    LOG.warn("a connection for blobs was not accepted: {}", failed.toString());
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(AGAIN_AFTER);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(Socket accepted) {
        try (accepted) {
            accepted.setTcpNoDelay(true);
            accepted.setSoTimeout(HANDSHAKE_MILLIS);
            try (SSLSocket socket = tls.accept(accepted)) {
                socket.setSoTimeout(NEXT_REQUEST_MILLIS);
                answering.serve(
                        FamilyTls.peer(socket.getSession()).orElseThrow(),
                        socket.getInputStream(),
                        watch.watched(accepted, socket.getOutputStream()));
            }
        } catch (IOException | RuntimeException ended) {
            LOG.debug("a connection for blobs has ended", ended);
        } finally {
            watch.leave(accepted);
            free.release();
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
        watch.close();
    }
}
