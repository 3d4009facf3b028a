package org.elohim.node.replication;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Cuts connections off on which a write waits too long for the other side to read: sockets know no
/// time-out for that, and whoever was stopped and not ended would be waited for without end.
final class WriteWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WriteWatch.class);
    private static final int LOOKS = 10;

    private final Duration within;
    // Since when each waits; zero where it does not.
    private final Map<Socket, AtomicLong> open = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    WriteWatch(Duration within) {
        this.within = within;
        Thread.ofVirtual().name("blob-write-watch").start(this::watch);
    }

    int connections() {
        return open.size();
    }

    /// From now on the connection is one of those that are watched, until it is left.
    void enter(Socket plain) {
        open.put(plain, new AtomicLong());
        if (isClosed) {
            // It may have come behind the last look of whoever closes.
            cut(plain);
        }
    }

    void leave(Socket plain) {
        open.remove(plain);
    }

    /// What is written to it is watched.
    OutputStream watched(Socket plain, OutputStream out) {
        return new Watched(out, open.computeIfAbsent(plain, _ -> new AtomicLong()));
    }

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
                // A look now and then is all it does; nobody waits for it.
                Thread.sleep(within.dividedBy(LOOKS));
            } catch (InterruptedException ended) {
                return;
            }
            long now = System.nanoTime();
            open.forEach(
                    (socket, since) -> {
                        long from = since.get();
                        if (from != 0 && now - from > within.toNanos()) {
                            cut(socket);
                        }
                    });
        }
    }

    // Not the TLS above it, which would say so and wait as well.
    private static void cut(Socket plain) {
        try {
            plain.close();
        } catch (IOException failed) {
            LOG.debug("not closed", failed);
        }
    }

    /// All of them are cut off.
    @Override
    public void close() {
        isClosed = true;
        open.keySet().forEach(WriteWatch::cut);
    }
}
