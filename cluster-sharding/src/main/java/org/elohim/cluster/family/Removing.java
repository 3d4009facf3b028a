package org.elohim.cluster.family;

import akka.cluster.Cluster;

import org.elohim.protocol.id.NodeId;
import org.slf4j.Logger;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Nodes that are none of the family any more, by the order of their owner.
///
/// Invariants: nobody removes itself, and nobody that is there unless it was said that it may be;
/// whoever listens hears of each removal, whoever has ordered it.
final class Removing {
    private final NodeId self;
    private final Cluster cluster;
    private final Standings standings;
    private final Telling telling;
    private final Logger log;
    private final List<Consumer<NodeId>> listeners = new ArrayList<>();

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

    // What is removed already is removed again: who orders it may not have heard the answer.
    Removal remove(NodeId gone, boolean evenAlive) {
        if (gone.equals(self)) {
            return Removal.ITSELF;
        }
        var sight = ClusterSight.of(cluster, self);
        Removal removal =
                standings.now().members().stream()
                        .filter(each -> each.node().equals(gone))
                        .findFirst()
                        .map(member -> Removal.of(member, evenAlive))
                        .orElse(Removal.DONE);
        if (removal != Removal.DONE) {
            return removal;
        }
        ClusterSight.Seen seen = sight.members().get(gone);
        if (seen != null) {
            cluster.down(seen.process().address());
        }
        telling.tellOthers(sight, gone, new Family.Command.Forget(gone.toString()));
        forget(gone);
        return removal;
    }

    void hear(String gone) {
        try {
            forget(NodeId.parse(gone));
        } catch (IllegalArgumentException malformed) {
            log.warn("a sibling says what cannot be: {}", gone);
        }
    }

    private void forget(NodeId gone) {
        log.info("{} was removed from the family by its owner", gone);
        listeners.forEach(each -> each.accept(gone));
    }
}
