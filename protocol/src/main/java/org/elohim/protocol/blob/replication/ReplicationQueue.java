package org.elohim.protocol.blob.replication;

import org.elohim.protocol.id.NodeId;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;

/// Which step is taken next, of all that are wanted for many blobs.
///
/// Blobs go by numbers that grow. Of those that were just put the newest comes first, since
/// somebody may wait for it; every fourth step is one for the blob that has waited longest, so that
/// nobody waits for ever. Each holder has a queue of its own: one that is slow, or does not answer,
/// holds up nothing but what is meant for it. A blob that cannot be read is set aside alone.
///
/// Invariants: no more than so many steps are under way to one holder, and one for each blob there;
/// what is told of the queue is the sum over all blobs in it.
public final class ReplicationQueue {
    /// Enough that small blobs, which go together, fill a request while the one before is answered;
    /// few enough that one holder's are no burden when it answers none of them. Whoever carries
    /// them out sees to it that no more large ones are sent at once than a line takes.
    public static final int UNDER_WAY_MAX = 1024;

    private static final int TURNS = 4;
    private static final int ALIKE_MAX = 1_024;

    private final NodeId self;
    private final Map<NodeId, Holding> holders = new TreeMap<>();
    private final Map<Long, Wanted> blobs = new TreeMap<>();
    private final Map<Wanted, Wanted> alike = new HashMap<>();
    // Blobs that have failed by themselves, and which of them are still left alone, soonest first.
    private final Map<Long, Backoff> ailing = new HashMap<>();
    private final NavigableSet<Aside> asides =
            new TreeSet<>(
                    Comparator.comparingLong(Aside::untilMillis).thenComparingLong(Aside::number));
    private int turn;

    private record Aside(long untilMillis, long number) {}

    /// A step that is to be taken now.
    public record Start(long number, NodeId node, ReplicationStep step, long startedMillis) {}

    /// What there is to be seen.
    ///
    /// @param oldest the blob that has waited longest, if any
    /// @param waiting blobs of each lane
    /// @param underWay steps to each holder that has any
    /// @param pausing holders that have failed, and until when they are left alone
    /// @param aside blobs that have failed by themselves, and are left alone
    public record View(
            OptionalLong oldest,
            Map<Lane, Integer> waiting,
            Map<NodeId, Integer> underWay,
            Map<NodeId, Long> pausing,
            int aside) {
        public View {
            waiting = Map.copyOf(waiting);
            underWay = Map.copyOf(underWay);
            pausing = Map.copyOf(pausing);
        }
    }

    // What is wanted for a blob. Many want the same, as all do when somebody joins, and share it.
    private record Wanted(Lane lane, List<ReplicationStep> steps) {
        static final Wanted NOTHING = new Wanted(Lane.REPAIR, List.of());
    }

    private static final class Holding {
        final Map<Lane, NumberSet> waiting = new EnumMap<>(Lane.class);
        final Map<Long, Long> underWay = new HashMap<>();
        Backoff backoff = Backoff.NONE;

        Holding() {
            for (Lane lane : Lane.values()) {
                waiting.put(lane, new NumberSet());
            }
        }

        NumberSet of(Lane lane) {
            NumberSet numbers = waiting.get(lane);
            if (numbers == null) {
                throw new IllegalStateException("no lane " + lane);
            }
            return numbers;
        }

        boolean takes(long nowMillis) {
            return underWay.size() < UNDER_WAY_MAX && backoff.isOver(nowMillis);
        }
    }

    public ReplicationQueue(NodeId self) {
        this.self = self;
    }

    /// All that is wanted for this blob now, in place of what was before; what is under way goes
    /// on.
    public void want(long number, Lane lane, List<ReplicationStep> steps) {
        Wanted before = blobs.remove(number);
        if (before != null) {
            nodes(before).forEach(node -> holding(node).of(before.lane()).remove(number));
        }
        if (steps.isEmpty()) {
            recover(number);
            return;
        }
        Wanted wanted = shared(new Wanted(lane, List.copyOf(steps)));
        blobs.put(number, wanted);
        nodes(wanted).forEach(node -> line(number, node));
    }

    private Wanted shared(Wanted wanted) {
        Wanted known = alike.putIfAbsent(wanted, wanted);
        if (alike.size() > ALIKE_MAX) {
            alike.clear();
        }
        return known == null ? wanted : known;
    }

    private Set<NodeId> nodes(Wanted wanted) {
        var nodes = new LinkedHashSet<NodeId>();
        wanted.steps().forEach(step -> nodes.add(nodeOf(step)));
        return nodes;
    }

    private Optional<ReplicationStep> firstStep(long number, NodeId node) {
        return blobs.getOrDefault(number, Wanted.NOTHING).steps().stream()
                .filter(step -> nodeOf(step).equals(node))
                .findFirst();
    }

    /// Whether something is wanted for this blob.
    public boolean contains(long number) {
        return blobs.containsKey(number);
    }

    // Waits at the node, where it is not under way there, nor set aside.
    private void line(long number, NodeId node) {
        Wanted wanted = blobs.get(number);
        if (wanted != null
                && firstStep(number, node).isPresent()
                && !isAside(number)
                && !holding(node).underWay.containsKey(number)) {
            holding(node).of(wanted.lane()).add(number);
        }
    }

    private boolean isAside(long number) {
        Backoff backoff = ailing.get(number);
        return backoff != null && asides.contains(new Aside(backoff.untilMillis(), number));
    }

    private void recover(long number) {
        Backoff backoff = ailing.remove(number);
        if (backoff != null) {
            asides.remove(new Aside(backoff.untilMillis(), number));
        }
    }

    private NodeId nodeOf(ReplicationStep step) {
        return switch (step) {
            case ReplicationStep.Encode(), ReplicationStep.Refer(_) -> self;
            case ReplicationStep.Place(_, var node) -> node;
            case ReplicationStep.Release(var node, _) -> node;
        };
    }

    private Holding holding(NodeId node) {
        return holders.computeIfAbsent(node, _ -> new Holding());
    }

    /// What to begin now, if anything may be begun.
    public Optional<Start> next(long nowMillis) {
        while (!asides.isEmpty() && asides.first().untilMillis() <= nowMillis) {
            long number = asides.removeFirst().number();
            lineUp(number);
        }
        Optional<Choice> choice = choose(nowMillis);
        if (choice.isEmpty()) {
            return Optional.empty();
        }
        turn = (turn + 1) % TURNS;
        long number = choice.get().number();
        NodeId node = choice.get().node();
        holding(node).of(choice.get().lane()).remove(number);
        holding(node).underWay.put(number, nowMillis);
        return Optional.of(new Start(number, node, wanted(number, node), nowMillis));
    }

    private ReplicationStep wanted(long number, NodeId node) {
        return firstStep(number, node)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "waits without a step: " + number + " at " + node));
    }

    private record Choice(Lane lane, long number, NodeId node) {}

    private Optional<Choice> choose(long nowMillis) {
        if (turn == TURNS - 1) {
            Optional<Choice> longest = Optional.empty();
            for (Lane lane : Lane.values()) {
                longest = older(longest, choose(lane, false, nowMillis));
            }
            return longest;
        }
        for (Lane lane : Lane.values()) {
            Optional<Choice> choice = choose(lane, lane == Lane.FRESH, nowMillis);
            if (choice.isPresent()) {
                return choice;
            }
        }
        return Optional.empty();
    }

    private static Optional<Choice> older(Optional<Choice> one, Optional<Choice> other) {
        boolean isOther =
                one.isEmpty() || (other.isPresent() && other.get().number() < one.get().number());
        return isOther ? other : one;
    }

    private Optional<Choice> choose(Lane lane, boolean newest, long nowMillis) {
        Comparator<Choice> order = Comparator.comparingLong(Choice::number);
        return holders.entrySet().stream()
                .filter(each -> each.getValue().takes(nowMillis))
                .filter(each -> !each.getValue().of(lane).isEmpty())
                .map(
                        each -> {
                            NumberSet numbers = each.getValue().of(lane);
                            long number = newest ? numbers.last() : numbers.first();
                            return new Choice(lane, number, each.getKey());
                        })
                .min(newest ? order.reversed() : order);
    }

    /// It has ended well. Whoever says so then tells what is wanted for the blob now.
    public void done(Start start) {
        Holding holding = holding(start.node());
        holding.backoff = Backoff.NONE;
        recover(start.number());
        end(start);
        lineUp(start.number());
    }

    private void lineUp(long number) {
        nodes(blobs.getOrDefault(number, Wanted.NOTHING)).forEach(node -> line(number, node));
    }

    /// The holder does not answer, or not as it should: it is left alone for a while, and then
    /// asked again.
    public void failed(Start start, long nowMillis) {
        Holding holding = holding(start.node());
        holding.backoff = holding.backoff.afterFailure(start.startedMillis(), nowMillis);
        end(start);
        line(start.number(), start.node());
    }

    /// It was not the holder's fault: what is wanted for this blob is tried again later, and
    /// nothing else is held up.
    public void setAside(Start start, long nowMillis) {
        end(start);
        Wanted wanted = blobs.get(start.number());
        if (wanted == null) {
            return;
        }
        Backoff before = ailing.getOrDefault(start.number(), Backoff.NONE);
        Backoff after = before.afterFailure(start.startedMillis(), nowMillis);
        recover(start.number());
        ailing.put(start.number(), after);
        asides.add(new Aside(after.untilMillis(), start.number()));
        nodes(wanted).forEach(node -> holding(node).of(wanted.lane()).remove(start.number()));
    }

    private void end(Start start) {
        if (holding(start.node()).underWay.remove(start.number()) == null) {
            throw new IllegalStateException("was not under way: " + start);
        }
    }

    /// It was heard again: nothing is waited for.
    public void isBack(NodeId node) {
        holding(node).backoff = Backoff.NONE;
    }

    /// When something that waits now because it has failed will be tried again.
    public OptionalLong wakesAt(long nowMillis) {
        LongStream pausing =
                holders.values().stream()
                        .filter(each -> !each.backoff.isOver(nowMillis))
                        .filter(
                                each ->
                                        each.waiting.values().stream()
                                                .anyMatch(all -> !all.isEmpty()))
                        .mapToLong(each -> each.backoff.untilMillis());
        LongStream aside = asides.stream().limit(1).mapToLong(Aside::untilMillis);
        return LongStream.concat(pausing, aside).min();
    }

    public int size() {
        return blobs.size();
    }

    public View view(long nowMillis) {
        Map<Lane, Integer> waiting = new EnumMap<>(Lane.class);
        blobs.values().forEach(each -> waiting.merge(each.lane(), 1, Integer::sum));
        Map<NodeId, Integer> underWay = new TreeMap<>();
        Map<NodeId, Long> pausing = new TreeMap<>();
        holders.forEach(
                (node, each) -> {
                    if (!each.underWay.isEmpty()) {
                        underWay.put(node, each.underWay.size());
                    }
                    if (!each.backoff.isOver(nowMillis)) {
                        pausing.put(node, each.backoff.untilMillis());
                    }
                });
        OptionalLong oldest = blobs.keySet().stream().mapToLong(Long::longValue).findFirst();
        return new View(oldest, waiting, underWay, pausing, asides.size());
    }

    void checkInvariants() {
        holders.forEach(
                (node, each) -> {
                    check(each.underWay.size() <= UNDER_WAY_MAX, "bounded at " + node);
                    for (Lane lane : Lane.values()) {
                        each.of(lane).stream()
                                .forEach(
                                        number ->
                                                check(
                                                        waitsRightly(number, node, lane),
                                                        number + " waits at " + node));
                    }
                });
        blobs.forEach(
                (number, wanted) -> {
                    for (NodeId node : nodes(wanted)) {
                        check(
                                holding(node).underWay.containsKey(number)
                                        || isAside(number)
                                        || holding(node).of(wanted.lane()).contains(number),
                                number + " is forgotten at " + node);
                    }
                });
    }

    private boolean waitsRightly(long number, NodeId node, Lane lane) {
        return blobs.getOrDefault(number, Wanted.NOTHING).lane() == lane
                && firstStep(number, node).isPresent()
                && !holding(node).underWay.containsKey(number);
    }

    private static void check(boolean holds, String invariant) {
        if (!holds) {
            throw new IllegalStateException("broken: " + invariant);
        }
    }
}
