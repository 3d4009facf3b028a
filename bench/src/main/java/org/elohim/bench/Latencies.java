package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// From the moment a change is given to the socket until another device has it.
final class Latencies {
    private final String benchmark;
    private final Consumer<Figure> figures;
    private final Map<ContentHash, Long> sentAt = new ConcurrentHashMap<>();
    private volatile ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();

    Latencies(String benchmark, Consumer<Figure> figures) {
        this.benchmark = benchmark;
        this.figures = figures;
    }

    void sent(Author author, LoadDevice device) throws InterruptedException {
        author.write(device, hash -> sentAt.put(hash, System.nanoTime()));
    }

    /// Writes so many changes in each second, evenly, whatever becomes of them.
    void pace(Author author, LoadDevice writer, int perSecond, Duration time)
            throws InterruptedException {
        long interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long next = System.nanoTime();
        long end = next + time.toNanos();
        while (next < end) {
            LockSupport.parkNanos(next - System.nanoTime());
            if (System.nanoTime() < next) {
                continue;
            }
            sent(author, writer);
            next += interval;
        }
    }

    void arrived(Bytes change) {
        Long at = sentAt.get(PlainChange.hash(change));
        if (at != null) {
            nanos.add(System.nanoTime() - at);
        }
    }

    void clear() {
        nanos = new ConcurrentLinkedQueue<>();
    }

    /// In milliseconds.
    double percentile(int percent) {
        double[] millis = nanos.stream().mapToDouble(each -> each / 1e6).sorted().toArray();
        return millis[Math.min(millis.length - 1, millis.length * percent / 100)];
    }

    void report(String name, Map<String, Long> parameters) {
        for (int percent : new int[] {50, 99}) {
            figures.accept(
                    new Figure(
                            benchmark,
                            name + "_p" + percent,
                            parameters,
                            percentile(percent),
                            Figure.Limit.none(),
                            "ms"));
        }
    }
}
