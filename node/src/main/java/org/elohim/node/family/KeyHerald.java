package org.elohim.node.family;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;

import org.elohim.node.family.FamilyKeys.Refused;
import org.elohim.protocol.family.Acquaintances;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.KeyRing;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// Gives a new key of the family to its other nodes, and gives the old ones up when their time is
/// over.
///
/// Invariants: a key that comes with an overlap reaches everybody who is met before that is over,
/// also whom nobody can call: each asks the others now and then; one that comes without is given
/// once, to those who are known and meant, and to nobody later; no key is changed before it is
/// known whom to give the new one.
public final class KeyHerald {
    /// For as long as a key without an overlap is given away, the old one is trusted here.
    static final long GIVING_MILLIS = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(KeyHerald.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);
    private static final long AGAIN_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);
    // Whoever sits behind a router that lets nobody in hears of a new key by asking.
    private static final long ASK_EVERY_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final ActorSystem<?> system;
    private final FamilyKeys keys;
    private final ActorRef<Siblings.Command> siblings;
    private final Exchange exchange;
    private final InstantSource clock;
    // Of the one look at a time: to whom which newest key was given, and when it was tried last.
    private final Map<NodeId, String> given = new HashMap<>();
    private final Map<NodeId, Long> tried = new HashMap<>();
    private CompletionStage<?> looking = CompletableFuture.completedFuture(null);

    /// How a node is told of keys, and answers with its own.
    interface Exchange {
        CompletionStage<String> with(Address address, String keys);
    }

    KeyHerald(
            ActorSystem<?> system,
            FamilyKeys keys,
            ActorRef<Siblings.Command> siblings,
            Exchange exchange,
            InstantSource clock) {
        this.system = system;
        this.keys = keys;
        this.siblings = siblings;
        this.exchange = exchange;
        this.clock = clock;
    }

    /// Who has the new key, and who could not be given it.
    public record Report(KeyRing ring, List<NodeId> given, Map<NodeId, String> notGiven) {
        public Report {
            given = List.copyOf(given);
            notGiven = Map.copyOf(notGiven);
        }
    }

    void begin() {
        system.scheduler()
                .scheduleWithFixedDelay(
                        LOOK_EVERY,
                        LOOK_EVERY,
                        () -> Thread.ofVirtual().start(this::look),
                        system.executionContext());
    }

    // Writes a file now and then, so not on the actors' threads.
    private synchronized void look() {
        keys.look();
        Optional<KeyRing> ring =
                keys.ring()
                        .filter(
                                mine ->
                                        !mine.isRotating()
                                                || mine.newest().overlapMillis() > KeyRing.AT_ONCE);
        if (ring.isEmpty() || !looking.toCompletableFuture().isDone()) {
            return;
        }
        looking = found().thenAccept(all -> exchangeWithThoseDue(ring.get(), all));
    }

    /// Each hears the other's keys, whoever of the two has begun.
    private synchronized void exchangeWithThoseDue(KeyRing ring, Map<NodeId, Address> all) {
        String version = ring.newest().key().tag() + ring.keys().size();
        long now = System.nanoTime();
        all.forEach(
                (node, address) -> {
                    boolean lacks = ring.isRotating() && !version.equals(given.get(node));
                    Long last = tried.get(node);
                    if (last == null
                            || now - last > (lacks ? AGAIN_AFTER_NANOS : ASK_EVERY_NANOS)) {
                        tried.put(node, now);
                        give(ring, address)
                                .whenComplete((_, failed) -> given(node, version, lacks, failed));
                    }
                });
    }

    private synchronized void given(
            NodeId node, String version, boolean lacked, @Nullable Throwable failed) {
        if (failed == null) {
            given.put(node, version);
        }
        if (!lacked) {
            LOG.debug("{} was asked for its keys: {}", node, failed == null ? "done" : failed);
        } else if (failed == null) {
            LOG.info("{} was told of the family's new key", node);
        } else {
            LOG.info("{} was not told of the family's new key: {}", node, words(failed));
        }
    }

    private CompletionStage<Map<NodeId, Address>> found() {
        return AskPattern.<Siblings.Command, Siblings.All>ask(
                        siblings, Siblings.Command.Tell::new, ANSWER_WITHIN, system.scheduler())
                .thenApply(
                        all -> {
                            Map<NodeId, Address> places = new HashMap<>();
                            for (Acquaintances.Found each : all.siblings()) {
                                each.node().ifPresent(node -> places.put(node, each.address()));
                            }
                            return places;
                        });
    }

    /// Tells one node, and takes what it tells.
    private CompletionStage<?> give(KeyRing ring, Address address) {
        return exchange.with(address, KeysText.of(ring, clock.millis()).render())
                .thenAcceptAsync(
                        answer -> {
                            KeysText theirs = KeysText.parse(answer);
                            try {
                                keys.change(
                                        mine ->
                                                mine.toldBy(
                                                        theirs.family(),
                                                        theirs.keys(),
                                                        clock.millis()));
                            } catch (Refused refused) {
                                throw new CompletionException(refused);
                            }
                        },
                        task -> Thread.ofVirtual().start(task));
    }

    /// Changes the family's key. Without an overlap the old one counts for nobody any more once the
    /// new one was given to those who can be reached now.
    ///
    /// @param without who is not to have it
    public CompletionStage<Report> rotate(long overlapMillis, Set<NodeId> without) {
        boolean atOnce = overlapMillis == KeyRing.AT_ONCE;
        return found().exceptionally(KeyHerald::nobodyKnows)
                .thenApplyAsync(
                        all -> new Begun(changed(overlapMillis, atOnce), all),
                        KeyHerald::onThreadOfItsOwn)
                .thenCompose(begun -> report(begun.ring(), begun.all(), without))
                .thenApplyAsync(
                        report -> atOnce ? concluded(report) : report, KeyHerald::onThreadOfItsOwn);
    }

    private record Begun(KeyRing ring, Map<NodeId, Address> all) {
        Begun {
            all = Map.copyOf(all);
        }
    }

    // Files are written, so not on the actors' threads.
    private static void onThreadOfItsOwn(Runnable task) {
        Thread.ofVirtual().start(task);
    }

    private static Map<NodeId, Address> nobodyKnows(Throwable failed) {
        LOG.warn("it is not known whom to give a new key of the family", failed);
        throw new CompletionException(
                new Refused(
                        "The family's key was not changed: the node could not find out in time whom"
                                + " to give the new one. It is busy; try again."));
    }

    private KeyRing changed(long overlapMillis, boolean atOnce) {
        try {
            if (!atOnce && keys.held().isRotating()) {
                throw new Refused(
                        "The family is changing its key already. Wait until that is over, or change"
                                + " it at once without an overlap: --overlap 0");
            }
            return keys.change(
                    mine ->
                            mine.rotated(
                                    FamilyKeys.randomKey(),
                                    overlapMillis,
                                    atOnce ? GIVING_MILLIS : overlapMillis,
                                    clock.millis()));
        } catch (Refused refused) {
            throw new CompletionException(refused);
        }
    }

    private Report concluded(Report report) {
        try {
            KeyRing ring = keys.change(mine -> mine.at(clock.millis() + GIVING_MILLIS));
            return new Report(ring, report.given(), report.notGiven());
        } catch (Refused refused) {
            LOG.warn("the family's old key is not given up yet: {}", refused.getMessage());
            throw new CompletionException(
                    new Refused(
                            "The family has a new key, and %d other nodes were given it; but this node still takes the old one as well, since it cannot write that it does no more. It is tried again each second; the node's log tells why."
                                    .formatted(report.given().size())));
        }
    }

    private CompletionStage<Report> report(
            KeyRing ring, Map<NodeId, Address> all, Set<NodeId> without) {
        Set<NodeId> meant = new HashSet<>(all.keySet());
        meant.removeAll(without);
        Map<NodeId, CompletableFuture<String>> answers = new HashMap<>();
        for (NodeId node : meant) {
            Address address = Objects.requireNonNull(all.get(node));
            answers.put(
                    node,
                    give(ring, address)
                            .thenApply(_ -> "")
                            .exceptionally(KeyHerald::words)
                            .toCompletableFuture());
        }
        return CompletableFuture.allOf(answers.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(
                        _ -> {
                            List<NodeId> given = new ArrayList<>();
                            Map<NodeId, String> notGiven = new HashMap<>();
                            answers.forEach(
                                    (node, answer) -> {
                                        String why = answer.join();
                                        if (why.isEmpty()) {
                                            given.add(node);
                                        } else {
                                            notGiven.put(node, why);
                                        }
                                    });
                            return new Report(ring, given, notGiven);
                        });
    }

    private static String words(Throwable failed) {
        Throwable why = failed;
        while (why instanceof CompletionException && why.getCause() != null) {
            why = why.getCause();
        }
        return String.valueOf(why.getMessage());
    }
}
