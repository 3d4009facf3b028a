package org.elohim.cluster.family;

import akka.actor.ActorSystem;

import org.elohim.protocol.family.Address;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.NodeId;

import java.util.Optional;

/// What this node tells the actors of its siblings: where its door is, and the highest term that it
/// has seen, as often as either may have gone astray.
final class Telling {
    private final ActorSystem system;
    private final NodeId self;
    private Optional<Term> told = Optional.empty();

    Telling(ActorSystem system, NodeId self) {
        this.system = system;
        this.self = self;
    }

    /// Somebody may not have heard it.
    void again() {
        told = Optional.empty();
    }

    void tell(ClusterSight sight, Address door, Optional<Term> highest) {
        if (told.equals(highest)) {
            return;
        }
        told = highest;
        highest.ifPresent(
                term ->
                        tellOthers(
                                sight,
                                self,
                                new Family.Command.Said(
                                        self.toString(),
                                        door.toString(),
                                        term.number(),
                                        term.leader().toString())));
    }

    void tellOne(ClusterSight sight, NodeId to, Spoken words) {
        ClusterSight.Seen member = sight.members().get(to);
        if (member != null) {
            tell(member.process().address(), words);
        }
    }

    /// @param but who is not to hear it
    void tellOthers(ClusterSight sight, NodeId but, Spoken words) {
        sight.members()
                .forEach(
                        (id, member) -> {
                            if (!id.equals(self) && !id.equals(but)) {
                                tell(member.process().address(), words);
                            }
                        });
    }

    /// Whoever is gone does not hear it.
    void tell(akka.actor.Address sibling, Spoken words) {
        system.actorSelection(sibling + "/system/" + Family.NAME)
                .tell(words, akka.actor.ActorRef.noSender());
    }
}
