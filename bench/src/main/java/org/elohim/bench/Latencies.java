package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/// From the moment a change is given to the socket until another device has it.
final class Latencies {
    private final Consumer<Figure> figures;
    private final Map<ContentHash, Long> sentAt = new ConcurrentHashMap<>();
    private volatile ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();

    Latencies(Consumer<Figure> figures) {
        this.figures = figures;
    }

    void sent(Author author, LoadDevice device) throws InterruptedException {
        author.write(device, hash -> sentAt.put(hash, System.nanoTime()));
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
                            "sync",
                            name + "_p" + percent,
                            parameters,
                            percentile(percent),
                            Figure.Limit.none(),
                            "ms"));
        }
    }
}
