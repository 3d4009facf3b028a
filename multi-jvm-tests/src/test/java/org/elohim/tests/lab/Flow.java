package org.elohim.tests.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Two connections made one: what comes in at either goes out at the other.
///
/// Invariants: bytes keep their order, whatever the weather; what is under way is bounded; when
/// either connection breaks, so does the other.
final class Flow {
    // Of the size of a segment on a wire: what one of them waits, those behind it wait too.
    private static final int SEGMENT_BYTES_MAX = 16 << 10;
    private static final int SEGMENTS_MAX = 64;
    private static final int LOOK_EVERY_MILLIS = 5;

    private final SocketChannel near;
    private final SocketChannel far;

    Flow(SocketChannel near, SocketChannel far) {
        this.near = near;
        this.far = far;
    }

    private record Segment(ByteBuffer bytes, long dueNanos) {}

    /// Goes on by itself, from the one to the other and back.
    void begin(Supplier<Weather> there, Supplier<Weather> back) {
        carry(near, far, there);
        carry(far, near, back);
    }

    private void carry(SocketChannel from, SocketChannel to, Supplier<Weather> weather) {
        BlockingQueue<Segment> way = new ArrayBlockingQueue<>(SEGMENTS_MAX);
        Thread.startVirtualThread(() -> guard(() -> read(from, way, weather)));
        Thread.startVirtualThread(() -> guard(() -> write(to, way, weather)));
    }

    private interface Part {
        void run() throws IOException, InterruptedException;
    }

    private void guard(Part part) {
        try {
            part.run();
        } catch (IOException | InterruptedException broken) {
            close();
        }
    }

    private void read(SocketChannel from, BlockingQueue<Segment> way, Supplier<Weather> weather)
            throws IOException, InterruptedException {
        long lastNanos = System.nanoTime();
        while (true) {
            ByteBuffer bytes = ByteBuffer.allocate(SEGMENT_BYTES_MAX);
            boolean ended = from.read(bytes) < 0;
            long dueNanos = System.nanoTime() + weather.get().nanos(ThreadLocalRandom.current());
            // Nothing overtakes: it is one stream.
            lastNanos = dueNanos - lastNanos > 0 ? dueNanos : lastNanos;
            way.put(new Segment(bytes.flip(), lastNanos));
            if (ended) {
                return;
            }
        }
    }

    private void write(SocketChannel to, BlockingQueue<Segment> way, Supplier<Weather> weather)
            throws IOException, InterruptedException {
        while (true) {
            Segment next = way.take();
            TimeUnit.NANOSECONDS.sleep(next.dueNanos - System.nanoTime());
            while (!weather.get().flowing()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
                if (!to.isOpen()) {
                    return;
                }
            }
            if (!next.bytes.hasRemaining()) {
                to.shutdownOutput();
                return;
            }
            while (next.bytes.hasRemaining()) {
                to.write(next.bytes);
            }
        }
    }

    boolean isOpen() {
        return near.isOpen() && far.isOpen();
    }

    void close() {
        for (SocketChannel each : new SocketChannel[] {near, far}) {
            try {
                each.close();
            } catch (IOException gone) {
                // It is what was wanted.
            }
        }
    }
}
