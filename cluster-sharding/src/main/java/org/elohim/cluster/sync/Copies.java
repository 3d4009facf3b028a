package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Holdings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/// What the family's other full nodes hold of this node's journal, and who waits for that.
///
/// Invariants: whoever waits is told once, when as many as are wanted hold what it waits for, and
/// never earlier; telling never waits for anybody; a node that is not connected counts for what it
/// has acknowledged, as long as it is not removed.
public final class Copies {
    private final int wanted;
    private final LongSupplier monotonicMillis;
    private final Holdings holdings = new Holdings();
    private final SortedMap<NodeId, SiblingStatus> siblings = new TreeMap<>();
    private final Map<ActorRef<PeerSync.Command>, Long> waiting = new HashMap<>();

    /// @param wanted how many others must hold what is called durable
    public Copies(int wanted, LongSupplier monotonicMillis) {
        this.wanted = wanted;
        this.monotonicMillis = monotonicMillis;
    }

    /// This full node holds all of the journal up to this place.
    synchronized void holds(NodeId sibling, long ordering) {
        if (holdings.holds(sibling, ordering)) {
            tell();
        }
    }

    /// This node does not hold everything, or does so no more.
    synchronized void countNoMore(NodeId sibling) {
        holdings.remove(sibling);
    }

    private void tell() {
        waiting.entrySet()
                .removeIf(
                        each -> {
                            boolean safe = isDurable(each.getValue());
                            if (safe) {
                                each.getKey().tell(new PeerSync.Command.Safer());
                            }
                            return safe;
                        });
    }

    /// The session wants to hear once all up to this place is durable; in the place of what it
    /// wanted to hear before.
    synchronized void await(ActorRef<PeerSync.Command> session, long ordering) {
        waiting.put(session, ordering);
        tell();
    }

    synchronized void forget(ActorRef<PeerSync.Command> session) {
        waiting.remove(session);
    }

    /// All up to this place is durable.
    public synchronized long durable() {
        return holdings.heldBy(wanted);
    }

    /// Whether as many as are wanted hold all up to this place. Of an empty journal nobody holds
    /// anything either, as long as there is nobody.
    synchronized boolean isDurable(long ordering) {
        return holdings.holders(ordering) >= wanted;
    }

    /// How many others must hold what is called durable.
    public int wanted() {
        return wanted;
    }

    /// How it stands with one of the others, as of now.
    synchronized void stands(SiblingStatus status) {
        siblings.put(status.node(), status);
    }

    /// This node is none of the family any more: its copy counts for nothing.
    public synchronized void remove(NodeId sibling) {
        holdings.remove(sibling);
        siblings.remove(sibling);
    }

    /// How it stands with all of the others that were met since this process began.
    public synchronized List<SiblingStatus> all() {
        return List.copyOf(siblings.values());
    }

    /// What another full node holds.
    ///
    /// @param through all of this node's journal up to there
    /// @param trouble why not all, in words; of no meaning where it does
    public record Copy(NodeId node, boolean connected, long through, String trouble) {}

    /// Of each other full node that was met since this process began.
    public synchronized List<Copy> copies() {
        long now = monotonicMillis.getAsLong();
        Map<NodeId, Long> held = holdings.all();
        return full().stream()
                .map(
                        each ->
                                new Copy(
                                        each.node(),
                                        each.connected(),
                                        held.getOrDefault(each.node(), 0L),
                                        each.whyNot(now)))
                .toList();
    }

    /// Whether as many as are wanted are there, so that waiting makes sense.
    synchronized boolean isHopeful() {
        return full().stream().filter(SiblingStatus::connected).count() >= wanted;
    }

    /// Whether this node has all that the others have, as far as they say. Where none was met since
    /// this process began, nothing is known of what came meanwhile.
    synchronized boolean lacksNothing() {
        return !siblings.isEmpty()
                && siblings.values().stream().allMatch(SiblingStatus::hasSentEverything);
    }

    private List<SiblingStatus> full() {
        return siblings.values().stream().filter(SiblingStatus::full).toList();
    }

    /// What keeps this place of the journal from being durable, in words; nothing where it is.
    public synchronized Optional<String> obstacle(long ordering) {
        if (isDurable(ordering)) {
            return Optional.empty();
        }
        List<SiblingStatus> full = full();
        if (full.isEmpty()) {
            return Optional.of(
                    "no other node that holds everything has been met since this one was started;"
                            + " a node alone never says that anything is durable");
        }
        long now = monotonicMillis.getAsLong();
        var words = new ArrayList<String>();
        if (full.size() < wanted) {
            words.add(
                    "%d other full nodes must hold it (sync.durable_nodes), and only %d are known"
                            .formatted(wanted, full.size()));
        }
        Map<NodeId, Long> held = holdings.all();
        for (SiblingStatus sibling : full) {
            if (held.getOrDefault(sibling.node(), 0L) < ordering) {
                words.add("node " + sibling.node() + " " + sibling.whyNot(now));
            }
        }
        return Optional.of(String.join("; ", words));
    }
}
