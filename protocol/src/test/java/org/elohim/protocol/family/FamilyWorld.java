package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;

import org.elohim.protocol.family.Gossip.Member;
import org.elohim.protocol.family.Gossip.Sight;
import org.elohim.protocol.family.Membership.Blind;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A family whose nodes and lines fail, one second after the other: the real decisions over a model
/// of a cluster's gossip.
///
/// Invariants: what a node knows it has seen itself, heard over an open line, or read from its
/// disk.
final class FamilyWorld {
    private static final int DUTIES = 3;
    private static final int STEP_SECONDS = 3;
    // As long a newcomer waits until the cluster takes it in, where nobody is lost.
    private static final int NEW_SECONDS = 10;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final boolean[][] cut;
    private final Map<Integer, Term> done = new TreeMap<>();
    private final Set<Term> acted = new HashSet<>();
    private final Map<Member, Long> joinedMillis = new HashMap<>();
    private long nowMillis;

    FamilyWorld(long seed) {
        random = new Random(seed);
        int size = 2 + random.nextInt(4);
        cut = new boolean[size][size];
        for (int i = 0; i < size; i++) {
            // Node 0 may lead whatever happens: there is somebody to agree on.
            boolean observer = i > 0 && random.nextInt(4) == 0;
            nodes.add(new Node(i, observer ? Part.OBSERVER : Part.FULL));
        }
        // Each was told of somebody, so that a way leads from everybody to everybody.
        boolean allKnown = random.nextInt(3) == 0;
        for (int i = 1; i < size; i++) {
            int known = random.nextInt(i);
            for (int j = 0; j < i; j++) {
                if (allKnown || j == known) {
                    acquaint(nodes.get(i), nodes.get(j));
                }
            }
        }
    }

    // One of the two is enough in the real world: it asks the other, and says where it is.
    private static void acquaint(Node one, Node other) {
        one.knows.add(other.number);
        other.knows.add(one.number);
    }

    private final class Node {
        private final int number;
        private final Part part;
        private int life;
        private boolean up;
        private Gossip view = new Gossip();
        private Set<Member> met = Set.of();
        private Downing downing = new Downing(Downing.LOST_MILLIS);
        private Encounters encounters = new Encounters();
        private Leadership leadership;
        private int startsInSeconds;
        // As by SIGSTOP: it keeps what it knows, and nobody hears it.
        private int pausedSeconds;
        // On the disk, as the doors of others.
        private final Set<Integer> knows = new HashSet<>();
        // On the disk.
        private Optional<Term> termOnDisk = Optional.empty();
        private Optional<Term> termBeingWritten = Optional.empty();

        Node(int number, Part part) {
            this.number = number;
            this.part = part;
            this.leadership = new Leadership(node(number), Optional.empty());
        }

        private Member self() {
            return new Member(number, life);
        }

        void start() {
            up = true;
            life++;
            downing = new Downing(Downing.LOST_MILLIS);
            encounters = new Encounters();
            leadership = new Leadership(node(number), termOnDisk);
            termBeingWritten = Optional.empty();
            view = new Gossip();
            view.members().add(self());
            met = Set.of(self());
            joinedMillis.put(self(), nowMillis);
            // Some answer too late.
            List<Node> answering =
                    nodes.stream().filter(this::meets).filter(_ -> random.nextInt(5) > 0).toList();
            Encounters.toJoin(answering.stream().map(Node::account).toList())
                    .ifPresent(
                            chosen ->
                                    answering.stream()
                                            .filter(each -> each.account().equals(chosen))
                                            .forEach(this::join));
        }

        private void join(Node other) {
            view.hear(other.view);
            other.view.hear(view);
        }

        /// What it tells at its door.
        Account account() {
            if (!isMember()) {
                return new Account(
                        node(number), self().toString(), Set.of(), Set.of(), Optional.empty());
            }
            Membership membership = membership();
            var reachable = membership.reachable();
            return new Account(
                    node(number),
                    self().toString(),
                    names(view.members().stream()),
                    names(
                            view.members().stream()
                                    .filter(m -> reachable.contains(node(m.number())))),
                    membership.leader());
        }

        private static Set<String> names(Stream<Member> members) {
            return members.map(Member::toString).collect(Collectors.toSet());
        }

        void crash() {
            up = false;
            pausedSeconds = 0;
            startsInSeconds = 1 + random.nextInt(60);
        }

        /// Leaves in good order, and joins whom it meets.
        void restart() {
            view.removed().add(self());
            view.members().remove(self());
            nodes.stream().filter(this::reaches).forEach(other -> gossip(other));
            up = false;
            startsInSeconds = 3;
        }

        boolean reaches(Node other) {
            return other != this
                    && isAwake()
                    && other.isAwake()
                    && !cut[number][other.number]
                    && !cut[other.number][number];
        }

        private boolean meets(Node other) {
            return knows.contains(other.number) && reaches(other);
        }

        private boolean isAwake() {
            return up && pausedSeconds <= 0;
        }

        private boolean isMember() {
            return view.members().contains(self());
        }

        // As Akka has it: nobody hears one that it has removed, or that has removed it.
        private boolean isMate(Node other) {
            return reaches(other)
                    && view.members().contains(other.self())
                    && other.view.members().contains(self());
        }

        void look() {
            var unheard = new HashSet<>(view.members());
            unheard.remove(self());
            nodes.stream().filter(this::isMate).forEach(other -> unheard.remove(other.self()));
            Sight before = view.sights().get(self());
            if (before == null || !before.unheard().equals(unheard)) {
                view.sights().put(self(), new Sight(nowMillis + 1, Set.copyOf(unheard)));
            }
        }

        void gossip(Node other) {
            if (!isMate(other)) {
                return;
            }
            view.hear(other.view);
            other.view.hear(view);
            acquaint(this, other);
            see(other.leadership.highest());
            other.see(leadership.highest());
        }

        private void see(Optional<Term> highest) {
            highest.ifPresent(
                    term -> {
                        // On the disk before anything is done because of it.
                        persist(term);
                        leadership.seen(term, nowMillis);
                    });
        }

        private void persist(Term term) {
            if (termOnDisk.isEmpty() || termOnDisk.get().compareTo(term) < 0) {
                termOnDisk = Optional.of(term);
            }
        }

        private void write(Optional<Term> term) {
            term.ifPresent(_ -> termBeingWritten = term);
        }

        Membership membership() {
            var parts = new HashMap<NodeId, Part>();
            for (Member member : view.members()) {
                parts.put(node(member.number()), nodes.get(member.number()).part);
            }
            var blind = new HashSet<Blind>();
            view.sights()
                    .forEach(
                            (observer, sight) -> {
                                if (view.members().contains(observer)) {
                                    for (Member subject : sight.unheard()) {
                                        if (view.members().contains(subject)
                                                && subject.number() != observer.number()) {
                                            blind.add(
                                                    new Blind(
                                                            node(observer.number()),
                                                            node(subject.number())));
                                        }
                                    }
                                }
                            });
            return new Membership(node(number), parts, blind);
        }

        void decide() {
            if (!isMember()) {
                // Given up by the others: it comes back as a new member.
                restart();
                return;
            }
            Membership membership = membership();
            for (NodeId lost : downing.toRemove(membership, somebodyIsNew(), nowMillis)) {
                remove(member -> node(member.number()).equals(lost));
            }
            write(leadership.toLead(membership.leader(), nowMillis));
            if (!met.containsAll(view.members())) {
                write(leadership.merged());
            }
            met = Set.copyOf(view.members());
            Optional<Term> written = termBeingWritten;
            if (written.isPresent() && random.nextInt(3) > 0) {
                persist(written.get());
                termBeingWritten = Optional.empty();
                leadership.durable(written.get());
            }
            leadership.acting().ifPresent(this::act);
            meet(membership);
        }

        private boolean somebodyIsNew() {
            return view.members().stream()
                    .anyMatch(
                            each ->
                                    nowMillis - joinedMillis.getOrDefault(each, 0L)
                                            < NEW_SECONDS * 1_000);
        }

        private void remove(Predicate<Member> which) {
            view.members().stream().filter(which).forEach(view.removed()::add);
            view.members().removeAll(view.removed());
        }

        private void act(Term term) {
            if (termOnDisk.isEmpty() || termOnDisk.get().compareTo(term) < 0) {
                throw new IllegalStateException(term + " is not on the disk of node " + number);
            }
            acted.add(term);
            // The effect of the later term stands, whoever comes last.
            done.merge(random.nextInt(DUTIES), term, (a, b) -> a.compareTo(b) >= 0 ? a : b);
        }

        private void passOn(NodeId next, Node other) {
            nodes.stream()
                    .filter(each -> node(each.number).equals(next))
                    .filter(this::isMate)
                    .forEach(each -> each.knows.add(other.number));
        }

        private void meet(Membership membership) {
            NodeId next = membership.leader().orElse(membership.reachable().getFirst());
            for (Node other : nodes) {
                if (isMember() && meets(other)) {
                    switch (encounters.met(account(), next, other.account(), nowMillis)) {
                        case Encounters.Step.Nothing() -> {}
                        case Encounters.Step.Remove(var process) ->
                                remove(member -> member.toString().equals(process));
                        case Encounters.Step.GiveWay() -> restart();
                        case Encounters.Step.PassOn(var to) -> passOn(to, other);
                    }
                }
            }
        }
    }

    void run(int seconds, boolean faults) {
        for (int i = 0; i < seconds; i += STEP_SECONDS) {
            nowMillis += STEP_SECONDS * 1_000;
            if (faults) {
                disturb();
            }
            for (Node each : nodes) {
                each.pausedSeconds -= STEP_SECONDS;
                each.startsInSeconds -= STEP_SECONDS;
                if (!each.up && each.startsInSeconds <= 0) {
                    each.start();
                }
            }
            live().forEach(Node::look);
            for (Node one : live()) {
                nodes.stream().filter(one::isMate).forEach(one::gossip);
            }
            live().stream().filter(Node::isAwake).forEach(Node::decide);
        }
    }

    private List<Node> live() {
        return nodes.stream().filter(Node::isAwake).toList();
    }

    private void disturb() {
        if (random.nextInt(20) == 0) {
            int from = random.nextInt(nodes.size());
            int to = random.nextInt(nodes.size());
            cut[from][to] = true;
        }
        if (random.nextInt(70) == 0) {
            // Two sides, in one moment.
            int side = random.nextInt(1 << nodes.size());
            for (int a = 0; a < nodes.size(); a++) {
                for (int b = 0; b < nodes.size(); b++) {
                    cut[a][b] |= (side >> a & 1) != (side >> b & 1);
                }
            }
        }
        if (random.nextInt(100) == 0) {
            heal();
        }
        if (random.nextInt(40) == 0) {
            Node victim = nodes.get(random.nextInt(nodes.size()));
            if (victim.up) {
                victim.crash();
            }
        }
        if (random.nextInt(40) == 0) {
            nodes.get(random.nextInt(nodes.size())).pausedSeconds = 1 + random.nextInt(900);
        }
    }

    /// All lines are open again, and nobody sleeps any more.
    void calm() {
        heal();
        nodes.forEach(node -> node.pausedSeconds = 0);
    }

    private void heal() {
        for (boolean[] row : cut) {
            Arrays.fill(row, false);
        }
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        for (Node each : nodes) {
            text.append(
                    "%n  node %d %s %s acting=%s members=%s blind=%s"
                            .formatted(
                                    each.number,
                                    each.part,
                                    each.up ? "up" : "down",
                                    each.leadership.acting(),
                                    each.view.members(),
                                    each.view.sights()));
        }
        return text.toString();
    }

    /// What is wrong at the end of a quiet time; empty where nothing is.
    String complaint() {
        Set<Set<Member>> clusters = new HashSet<>();
        for (Node each : nodes) {
            clusters.add(each.view.members());
            if (!each.up || each.membership().members().size() != nodes.size()) {
                return "node " + each.number + " knows " + each.membership().members().size();
            }
            if (!each.leadership.leader().equals(Optional.of(node(0)))) {
                return "node " + each.number + " follows " + each.leadership.leader();
            }
            if (each.leadership.acting().isPresent() != (each.number == 0)) {
                return "node " + each.number + " acts in " + each.leadership.acting();
            }
        }
        Optional<Term> last = acted.stream().max(Term::compareTo);
        if (!last.equals(nodes.getFirst().leadership.acting())) {
            return "the leader acts in " + nodes.getFirst().leadership.acting() + " after " + last;
        }
        return clusters.size() == 1 ? "" : clusters.toString();
    }
}
