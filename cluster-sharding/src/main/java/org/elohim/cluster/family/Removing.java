package org.elohim.cluster.family;

import akka.Done;
import akka.cluster.Cluster;

import org.elohim.protocol.family.Membership;
import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// Nodes that are none of the family any more: removed by the order of their owner, or by their own
/// will.
///
/// Invariants: nobody removes itself, and nobody that is there unless it was said that it may be;
/// whoever listens hears of each removal, whoever has ordered it; who orders one hears that it is
/// done only after that was written down for all; who takes its leave hears that it is forgotten
/// only after that was written down for all.
public final class Removing {
    private final NodeId self;
    private final Cluster cluster;
    private final Standings standings;
    private final Telling telling;
    private final Logger log;
    private final List<Consumer<NodeId>> listeners = new ArrayList<>();
    // With the process that has gone, where it was seen: should the node come back, it is another
    // one. Who hears it while it belongs to no cluster itself sees nobody's.
    private final Map<NodeId, Optional<String>> goneProcesses = new HashMap<>();
    private Book book = _ -> CompletableFuture.completedFuture(Done.done());
    private Optional<Consumer<NodeId>> farewell = Optional.empty();

    /// Where is written down for the whole family, also for those that are switched off now, that a
    /// node is gone for good.
    @FunctionalInterface
    public interface Book {
        CompletionStage<?> writeDown(NodeId gone);
    }

    Removing(NodeId self, Cluster cluster, Standings standings, Telling telling, Logger log) {
        this.self = self;
        this.cluster = cluster;
        this.standings = standings;
        this.telling = telling;
        this.log = log;
    }

    void tell(Consumer<NodeId> listener) {
        listeners.add(listener);
    }

    void writeDownIn(Book other) {
        book = other;
    }

    // What is removed already is removed again: who orders it may not have heard the answer.
    CompletionStage<Removal> remove(NodeId gone, boolean evenAlive) {
        if (gone.equals(self)) {
            return CompletableFuture.completedFuture(Removal.ITSELF);
        }
        Removal removal =
                standings.now().members().stream()
                        .filter(each -> each.node().equals(gone))
                        .findFirst()
                        .map(member -> Removal.of(member, evenAlive))
                        .orElse(Removal.DONE);
        if (removal != Removal.DONE) {
            return CompletableFuture.completedFuture(removal);
        }
        var sight = ClusterSight.of(cluster, self);
        down(sight, gone);
        telling.tellOthers(sight, gone, new Family.Command.Forget(gone.toString()));
        CompletionStage<?> written = book.writeDown(gone);
        forget(gone);
        return written.handle((_, failed) -> failed == null ? Removal.DONE : notWritten(gone));
    }

    private Removal notWritten(NodeId gone) {
        log.warn(
                "that {} is gone is not written down yet: whoever is switched off now does not"
                        + " hear of it unless it is removed once more",
                gone);
        return Removal.NOT_WRITTEN;
    }

    private void down(ClusterSight sight, NodeId gone) {
        ClusterSight.Seen seen = sight.members().get(gone);
        if (seen != null) {
            cluster.down(seen.process().address());
        }
    }

    void hear(String gone) {
        parsed(gone).ifPresent(this::forget);
    }

    /// Who has gone for good is not waited for: it may have been killed before it could say so to
    /// the cluster as well.
    void downLost(Membership membership, ClusterSight sight) {
        for (NodeId lost : membership.lost()) {
            ClusterSight.Seen seen = sight.members().get(lost);
            Optional<String> process = goneProcesses.get(lost);
            if (seen != null && process != null && process.map(seen.name()::equals).orElse(true)) {
                cluster.down(seen.process().address());
            }
        }
    }

    private Optional<NodeId> parsed(String node) {
        try {
            return Optional.of(NodeId.parse(node));
        } catch (IllegalArgumentException malformed) {
            log.warn("a sibling says what cannot be: {}", node);
            return Optional.empty();
        }
    }

    private void forget(NodeId node) {
        log.info("{} is none of the family any more", node);
        ClusterSight.Seen seen = ClusterSight.of(cluster, self).members().get(node);
        // It is heard several times, and the last time there may be nobody left to be seen.
        goneProcesses.merge(
                node,
                Optional.ofNullable(seen).map(ClusterSight.Seen::name),
                (before, now) -> now.or(() -> before));
        listeners.forEach(each -> each.accept(node));
    }

    /// Whoever seemed to be gone is met again: its process is one like any other.
    void isBack(NodeId node) {
        goneProcesses.remove(node);
    }

    /// Asks all others to forget this node.
    void takeLeave(Consumer<NodeId> forgottenBy) {
        farewell = Optional.of(forgottenBy);
        telling.tellOthers(
                ClusterSight.of(cluster, self), self, new Family.Command.Farewell(self.toString()));
    }

    void stay() {
        farewell = Optional.empty();
        telling.again();
    }

    boolean takesLeave() {
        return farewell.isPresent();
    }

    /// A sibling leaves. It is forgotten once that stands in the book.
    void hearFarewell(String leaving) {
        parsed(leaving)
                .flatMap(
                        node ->
                                Optional.ofNullable(
                                        ClusterSight.of(cluster, self).members().get(node)))
                .ifPresent(seen -> writeDown(leaving, seen.process().address()));
    }

    private void writeDown(String leaving, akka.actor.Address actors) {
        log.info("{} leaves the family", leaving);
        book.writeDown(NodeId.parse(leaving))
                .whenComplete(
                        (_, failed) -> {
                            if (failed == null) {
                                telling.tell(
                                        actors,
                                        new Family.Command.Forgotten(self.toString(), leaving));
                            }
                        });
    }

    void hearForgotten(String by, String gone) {
        if (gone.equals(self.toString())) {
            parsed(by).ifPresent(node -> farewell.ifPresent(each -> each.accept(node)));
        }
    }
}
