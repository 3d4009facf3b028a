package org.elohim.protocol.sim;

import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.Collectors;

/// Virtual time, all chance, and who is there: nodes that know each other, devices at their nodes.
///
/// Invariants: the seed decides everything; one step runs at a time.
final class World {
    final Random random;
    final List<Replica> replicas = new ArrayList<>();
    final List<DocumentId> shared = new ArrayList<>();
    final List<DocumentId> nodesOnly = new ArrayList<>();
    final Network network;
    final Invariants invariants;
    final boolean compareFirst;
    private final PriorityQueue<Step> steps =
            new PriorityQueue<>(
                    Comparator.comparingLong(Step::atMicros).thenComparingLong(Step::number));
    private long nowMicros;
    private long stepsMade;

    private record Step(long atMicros, long number, Runnable what) {}

    World(long seed) {
        random = new Random(seed);
        compareFirst = random.nextBoolean();
        invariants = new Invariants(this);
        network = new Network(this);
        int nodes = 1 + random.nextInt(4);
        int devices = nodes == 1 ? 1 + random.nextInt(4) : random.nextInt(4);
        for (int i = 0; i < nodes + devices; i++) {
            replicas.add(new Replica(this, i, i < nodes));
        }
        for (int i = 1; i < nodes + devices; i++) {
            // A tree, so that all are connected, with more links at random.
            network.link(i, random.nextInt(Math.min(i, nodes)));
            int other = random.nextInt(nodes);
            if (other != i && random.nextInt(3) > 0) {
                network.link(i, other);
            }
        }
        for (int i = 0; i < 1 + random.nextInt(5); i++) {
            shared.add(document());
        }
        nodesOnly.add(document());
        replicas.forEach(Replica::start);
        network.start();
    }

    private DocumentId document() {
        byte[] bytes = new byte[DocumentId.SIZE_BYTES];
        random.nextBytes(bytes);
        return DocumentId.ofRandom(bytes);
    }

    long nowMillis() {
        return nowMicros / 1_000;
    }

    /// Between these bounds, inclusive.
    int between(int from, int to) {
        return from + random.nextInt(to - from + 1);
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    void after(long micros, Runnable what) {
        steps.add(new Step(nowMicros + micros, stepsMade++, what));
    }

    void afterMillis(long millis, Runnable what) {
        after(millis * 1_000, what);
    }

    long nowMicros() {
        return nowMicros;
    }

    void run(long millis) {
        long end = nowMicros + millis * 1_000;
        while (!steps.isEmpty() && steps.element().atMicros() <= end) {
            Step step = steps.remove();
            nowMicros = step.atMicros();
            step.what().run();
        }
        nowMicros = end;
    }

    boolean mayHold(Replica replica, DocumentId document) {
        return replica.isNode || !nodesOnly.contains(document);
    }

    String describe() {
        return replicas.stream().map(Replica::describe).collect(Collectors.joining("\n", "\n", ""));
    }
}
