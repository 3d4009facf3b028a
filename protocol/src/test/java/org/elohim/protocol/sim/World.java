package org.elohim.protocol.sim;

import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Output;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Virtual time, all chance, and who is there: nodes that know each other, devices at their nodes.
/// In some worlds the last of the nodes is an observer, which holds what devices may have.
///
/// Invariants: seed and schedule decide everything; one step runs at a time.
final class World {
    private static final int NODES_MAX = 4;
    private static final int REPLICAS_MAX = 12;
    private static final int MANY_NODES_MAX = 16;

    final Random random;
    final List<Replica> replicas = new ArrayList<>();
    final List<DocumentId> shared = new ArrayList<>();
    final List<DocumentId> nodesOnly = new ArrayList<>();

    /// Whether a crash takes no position with it. What a disk of yesterday lacks is found by the
    /// positions of the others: where those are gone too, nobody knows of the loss.
    boolean positionsSurvive;

    final Network network;
    final Invariants invariants;
    final boolean compareFirst;
    final CostLimits limits;

    /// How many other nodes must hold what is called durable.
    final int durableNodes;

    /// What becomes of the outputs of every session; a test may break them.
    final UnaryOperator<List<Output>> defect;

    private final PriorityQueue<Step> steps =
            new PriorityQueue<>(
                    Comparator.comparingLong(Step::atMicros).thenComparingLong(Step::number));
    private long nowMicros;
    private long stepsMade;

    private record Step(long atMicros, long number, Runnable what) {}

    World(long seed, UnaryOperator<List<Output>> defect) {
        this.defect = defect;
        random = new Random(seed);
        compareFirst = random.nextBoolean();
        durableNodes = seed % 7 == 3 ? 2 : 1;
        limits = oneIn(5) ? new CostLimits(1 << 20, between(10, 100)) : CostLimits.DEFAULT;
        invariants = new Invariants(this);
        network = new Network(this);
        boolean large = oneIn(8);
        int nodes = large ? between(2, NODES_MAX) : between(1, NODES_MAX);
        int devices = nodes == 1 ? between(1, 4) : between(0, 3);
        if (seed % 100 == 50) {
            nodes = between(NODES_MAX, MANY_NODES_MAX);
            large = false;
        }
        if (large) {
            devices = Math.min(REPLICAS_MAX - nodes, nodes * between(1, 3));
        }
        // Of the seed and not of chance: so all other worlds are what they were without observers.
        boolean observed = nodes > 1 && (seed % 10 == 6 || seed % 10 == 8);
        for (int i = 0; i < nodes + devices; i++) {
            replicas.add(new Replica(this, i, i < nodes, observed && i == nodes - 1));
        }
        for (int i = 1; i < nodes + devices; i++) {
            // A tree, so that all are connected, with more links at random.
            int parent = random.nextInt(Math.min(i, nodes));
            network.link(i, parent);
            // Nobody's edits go on from an observer.
            if (replicas.get(parent).isObserver) {
                network.link(i, 0);
            }
            int other = random.nextInt(nodes);
            if (other != i && random.nextInt(3) > 0) {
                network.link(i, other);
            }
        }
        for (int i = between(1, 5); i > 0; i--) {
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

    /// Shared ones first.
    DocumentId document(int number) {
        return number < shared.size() ? shared.get(number) : nodesOnly.get(number - shared.size());
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

    boolean mayEverHold(Replica replica, DocumentId document) {
        return replica.isFull() || !nodesOnly.contains(document);
    }

    /// In the end, when all nodes know of the same ruling.
    boolean mayHold(Replica replica, DocumentId document) {
        return replicas.getFirst().allows(replica, document);
    }

    String describe() {
        return replicas.stream().map(Replica::describe).collect(Collectors.joining("\n", "\n", ""));
    }
}
