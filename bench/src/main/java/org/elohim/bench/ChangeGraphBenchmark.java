package org.elohim.bench;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.ChunkReader;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;

import java.lang.management.ManagementFactory;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// How many changes per second one core parses, hashes and takes into a graph, beside the rate of
/// bare SHA-256 over the same bytes, and how much heap the index of a long history takes.
///
/// A driver of its own instead of JMH: a round builds a whole graph, and the heap is measured on
/// the graph that the last round leaves behind.
final class ChangeGraphBenchmark {
    private static final int CHANGES = 100_000;
    private static final int ROUNDS = 15;
    private static final int WARM_UP_ROUNDS = 5;

    private ChangeGraphBenchmark() {}

    static void run(Consumer<Figure> figures) {
        for (int actors : new int[] {1, 16}) {
            List<Bytes> chunks = chunks(actors);
            Bytes[] single = chunks.toArray(Bytes[]::new);
            Bytes[] pages = pages(chunks, 100);
            var limit = Figure.Limit.of("bare SHA-256", rate(() -> hashed(single)));
            figures.accept(perSecond("parse", actors, rate(() -> parsed(pages)), limit));
            figures.accept(perSecond("insert", actors, rate(() -> graph(single)), limit));
            figures.accept(
                    perSecond("insert_in_batches_of_100", actors, rate(() -> graph(pages)), limit));
            figures.accept(indexHeap(actors, pages));
        }
    }

    private static Figure perSecond(String name, int actors, double perSecond, Figure.Limit limit) {
        return new Figure(
                "change", name, Map.of("actors", (long) actors), perSecond, limit, "changes/s");
    }

    private static Figure indexHeap(int actors, Bytes[] pages) {
        // The chunks are there before and after; the difference is the graph.
        long before = usedHeapBytes();
        ChangeGraph graph = graph(pages);
        long used = usedHeapBytes() - before;
        return new Figure(
                "change",
                "index_heap",
                Map.of("actors", (long) actors, "changes", (long) graph.size()),
                used / 1e6,
                Figure.Limit.none(),
                "MB");
    }

    private static long usedHeapBytes() {
        long used = Long.MAX_VALUE;
        // One collection may leave what only the next finds; the lowest of some is steady.
        for (int i = 0; i < 5; i++) {
            System.gc();
            used =
                    Math.min(
                            used,
                            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return used;
    }

    /// Changes per second: the median of the rounds.
    private static double rate(Supplier<Object> round) {
        double[] rates = new double[ROUNDS];
        for (int i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
            long start = System.nanoTime();
            Object made = round.get();
            long nanos = System.nanoTime() - start;
            if (made.hashCode() == start) {
                throw new IllegalStateException("never: keeps the work from being optimised away");
            }
            if (i >= 0) {
                rates[i] = CHANGES * 1e9 / nanos;
            }
        }
        Arrays.sort(rates);
        return rates[ROUNDS / 2];
    }

    private static Object hashed(Bytes[] chunks) {
        MessageDigest sha256 = ContentHash.sha256();
        long sum = 0;
        for (Bytes chunk : chunks) {
            sha256.update(chunk.asReadOnlyBuffer());
            sum += sha256.digest()[0];
        }
        return sum;
    }

    private static Object parsed(Bytes[] deltas) {
        long seqs = 0;
        for (Bytes delta : deltas) {
            for (Change change : changes(delta)) {
                seqs += change.seq();
            }
        }
        return seqs;
    }

    private static ChangeGraph graph(Bytes[] deltas) {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        long sequence = 0;
        for (Bytes delta : deltas) {
            Decision decision = graph.decide(changes(delta), Entry.DEVICE);
            graph.apply(++sequence, decision.accepted());
        }
        if (graph.size() != CHANGES) {
            throw new IllegalStateException("changes=" + graph.size());
        }
        return graph;
    }

    private static List<Change> changes(Bytes delta) {
        var changes = new ArrayList<Change>();
        var reader = new ChunkReader(delta);
        while (reader.hasNext()) {
            if (reader.next() instanceof Decoded.Parsed<?>(ChangeChunk change)) {
                changes.add(change);
            }
        }
        return changes;
    }

    /// A history in which the actors take turns, each building on the one before and on itself.
    private static List<Bytes> chunks(int actors) {
        var chunks = new ArrayList<Bytes>(CHANGES);
        var last = new ContentHash[actors];
        for (int i = 0; i < CHANGES; i++) {
            var deps = new ArrayList<ContentHash>();
            if (i > 0) {
                deps.add(last[(i - 1) % actors]);
            }
            if (actors > 1 && i >= actors) {
                deps.add(last[i % actors]);
            }
            Bytes chunk = PlainChange.chunk(deps, i % actors, i / actors + 1, i);
            last[i % actors] = PlainChange.hash(chunk);
            chunks.add(chunk);
        }
        return chunks;
    }

    private static Bytes[] pages(List<Bytes> chunks, int perPage) {
        var pages = new Bytes[(chunks.size() + perPage - 1) / perPage];
        for (int i = 0; i < pages.length; i++) {
            List<Bytes> page =
                    chunks.subList(i * perPage, Math.min(chunks.size(), (i + 1) * perPage));
            pages[i] =
                    Bytes.copyOf(
                            PlainChange.concat(
                                    page.stream().map(Bytes::toArray).toArray(byte[][]::new)));
        }
        return pages;
    }
}
