package org.elohim.cluster.ledger;

import akka.Done;
import akka.actor.typed.ActorRef;

import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.Ledger;
import org.elohim.protocol.ledger.LedgerEntry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/// Which nodes of the family were met here since this process began, and which have gone for good.
///
/// Invariants: whoever listens hears of each node that has gone, once in each of its lives, also of
/// those that had gone before this process began, and of its return; a meeting from before that
/// does not count as one after it.
final class Meetings {
    private final NodeId self;
    private final Set<NodeId> met = new LinkedHashSet<>();
    private final Map<NodeId, List<ActorRef<Done>>> going = new LinkedHashMap<>();
    private final Set<NodeId> gone = new LinkedHashSet<>();
    private final List<Lives> listeners = new ArrayList<>();

    Meetings(NodeId self) {
        this.self = self;
    }

    /// Says whether there may be something to write.
    boolean met(NodeId node, Ledger ledger) {
        return met.add(node) && ledger.meeting(node).isPresent();
    }

    /// This node is to go for good; whoever asks is answered once that is written.
    void goes(NodeId node, ActorRef<Done> replyTo) {
        going.computeIfAbsent(node, _ -> new ArrayList<>()).add(replyTo);
    }

    void hear(Lives listener) {
        listeners.add(listener);
        gone.forEach(listener::gone);
    }

    List<LedgerEntry> toWrite(Ledger ledger) {
        var entries = new ArrayList<LedgerEntry>();
        met.forEach(node -> ledger.meeting(node).ifPresent(entries::add));
        going.keySet().stream()
                .filter(node -> !ledger.isGone(node))
                .map(ledger::going)
                .forEach(entries::add);
        return entries;
    }

    /// The ledger has been read up to its end.
    void follow(Ledger ledger) {
        SortedSet<NodeId> now = ledger.gone();
        // Who removes this node tells others; it learns by being forgotten.
        now.remove(self);
        List<NodeId> back = gone.stream().filter(node -> !now.contains(node)).toList();
        gone.retainAll(now);
        back.forEach(node -> listeners.forEach(each -> each.back(node)));
        for (NodeId node : now) {
            if (gone.add(node)) {
                met.remove(node);
                listeners.forEach(each -> each.gone(node));
            }
        }
        now.forEach(
                node -> {
                    var asked = going.remove(node);
                    if (asked != null) {
                        asked.forEach(each -> each.tell(Done.done()));
                    }
                });
    }
}
