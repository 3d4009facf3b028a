package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What follows from what others of the family tell at their doors: whether they are of the same
/// cluster, and what is done where they are not.
///
/// Invariants: two that belong to one cluster never do anything about each other; nothing is done
/// because of a word that was said once: members come and go, and hear of it one after the other.
/// Two clusters become one where any member of the one knows any of the other.
public final class Encounters {
    /// Longer than word of a newcomer or of one who left takes to all members.
    static final long LASTING_MILLIS = 2_000;

    // More than answer at a time; what is beyond is met later.
    private static final int ESTRANGED_MAX = 2 * Acquaintances.ADDRESSES_MAX;

    /// How two clusters stand to each other.
    private enum Kinship {
        /// Both say that they are one.
        ONE,
        /// Neither knows of the other: each gave the other up, or they began apart.
        APART,
        /// The other has given this node up, which has not noticed.
        GIVEN_UP,
        /// This node knows nothing of one that knows it: gave it up, or has not heard of it yet. It
        /// is the other's turn.
        UNHEARD_OF
    }

    /// What is to be done.
    public sealed interface Step {
        record Nothing() implements Step {}

        /// The other is given up as well: it is no member any more, as it says itself.
        record Remove(String process) implements Step {}

        /// This node restarts and joins the other's cluster.
        record GiveWay() implements Step {}

        /// Another of the own cluster is to give way, and may never have heard of the other one.
        record PassOn(NodeId next) implements Step {}
    }

    private record Seen(Kinship kinship, long sinceMillis) {}

    private final Map<String, Seen> estranged = new HashMap<>();

    /// Another node has answered.
    ///
    /// @param next of the own cluster to give way: whoever has the lowest id of those that can be
    ///   reached, observers last
    public Step met(Account own, NodeId next, Account other, long nowMillis) {
        Kinship kinship = between(own, other);
        if (!own.isMember() || !other.isMember() || kinship == Kinship.ONE) {
            estranged.remove(other.process());
            return new Step.Nothing();
        }
        if (!isLasting(other.process(), kinship, nowMillis)) {
            return new Step.Nothing();
        }
        return switch (kinship) {
            case ONE, UNHEARD_OF -> new Step.Nothing();
            case GIVEN_UP -> new Step.Remove(other.process());
            case APART -> apart(own, next, other);
        };
    }

    private static Step apart(Account own, NodeId next, Account other) {
        if (!MergeRule.givesWay(own.cluster(), other.cluster())) {
            return new Step.Nothing();
        }
        return own.node().equals(next) ? new Step.GiveWay() : new Step.PassOn(next);
    }

    private static Kinship between(Account own, Account other) {
        if (own.knows(other)) {
            return other.knows(own) ? Kinship.ONE : Kinship.GIVEN_UP;
        }
        // Of two that have just joined others of one cluster, neither knows of the other yet.
        return other.knows(own) || !own.hasNobodyInCommonWith(other)
                ? Kinship.UNHEARD_OF
                : Kinship.APART;
    }

    private boolean isLasting(String process, Kinship kinship, long nowMillis) {
        if (estranged.size() >= ESTRANGED_MAX) {
            estranged.clear();
        }
        Seen before = estranged.get(process);
        if (before == null || before.kinship() != kinship) {
            estranged.put(process, new Seen(kinship, nowMillis));
            return false;
        }
        return nowMillis - before.sinceMillis() >= LASTING_MILLIS;
    }

    /// Whose cluster a node that begins joins: that of the lowest leader, so that all who begin at
    /// a time go to the same one. Nobody's where none has answered that belongs to any.
    public static Optional<Account> toJoin(List<Account> answered) {
        return answered.stream()
                .filter(Account::isMember)
                .min(
                        Comparator.comparing(
                                        (Account each) -> each.leader().orElse(null),
                                        Comparator.nullsLast(Comparator.naturalOrder()))
                                .thenComparing(Account::incarnation)
                                .thenComparing(Account::process));
    }
}
