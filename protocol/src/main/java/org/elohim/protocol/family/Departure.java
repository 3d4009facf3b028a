package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.List;

/// How a node leaves its family in good standing. It takes no edits any more, waits until others
/// hold all that it has acknowledged, has itself forgotten by one of them for all, and gives up the
/// family's key.
///
/// Invariants: nobody is asked to forget this node before as many others as are needed hold
/// everything; the key is given up only after one of them has written down that this node is gone;
/// until then the node can stay. Nothing of this has to survive a crash but that it was ordered:
/// whoever begins again from there comes to the same end.
public final class Departure {
    /// Long enough for a write on a slow disk, and for a word through a line that is called anew.
    static final long FAREWELL_MILLIS = 10_000;

    private enum Phase {
        SETTLING,
        WAITING,
        TAKING_LEAVE,
        GIVING_UP,
        OVER
    }

    private final int wanted;
    private Phase phase = Phase.SETTLING;
    private long mark;
    private long farewellMillis;

    /// Another full node of the family.
    ///
    /// @param reachable whether it is there, and can be told something
    /// @param holds all of this node's journal up to this place
    /// @param trouble why not more, in words for a person
    public record Other(NodeId node, boolean reachable, long holds, String trouble) {}

    /// What is to be done now.
    public sealed interface Step {
        /// See to it that no edit is acknowledged any more, and say up to which place of the
        /// journal all that were lie.
        record Settle() implements Step {}

        /// Others do not hold everything yet.
        ///
        /// @param needed how many have to
        /// @param holders who does
        /// @param reasons why the others do not, in words
        record Wait(int needed, List<NodeId> holders, List<String> reasons) implements Step {
            public Wait {
                holders = List.copyOf(holders);
                reasons = List.copyOf(reasons);
            }
        }

        /// Meet nobody any more, and ask all to forget this node.
        record TakeLeave() implements Step {}

        /// They have been asked.
        record Listen() implements Step {}

        /// Nobody has confirmed to have forgotten it: it is a member as before, and waits again.
        record Return() implements Step {}

        /// Give the family's key up, and begin without a family.
        record GiveUpKey() implements Step {}

        /// It has left.
        record Nothing() implements Step {}
    }

    /// @param wanted how many others must hold what is called durable
    public Departure(int wanted) {
        if (wanted < 1) {
            throw new IllegalArgumentException("wanted=" + wanted);
        }
        this.wanted = wanted;
    }

    /// Whether somebody is there who could take everything. Whoever is alone would leave with the
    /// only copy.
    public static boolean isPossible(List<Other> others) {
        return others.stream().anyMatch(Other::reachable);
    }

    /// How many others have to hold everything: one more than makes it durable, for the copy of
    /// this node is gone afterwards; and all where there are not so many.
    static int needed(int wanted, int others) {
        return Math.clamp(others, 1, wanted + 1);
    }

    /// No edit is acknowledged any more, and all that were lie at or before this place.
    public void settled(long through) {
        if (phase == Phase.SETTLING) {
            mark = through;
            phase = Phase.WAITING;
        }
    }

    /// Another full node has written down for all that this one is gone.
    public void forgotten() {
        if (phase == Phase.TAKING_LEAVE) {
            phase = Phase.GIVING_UP;
        }
    }

    /// The key is given up for good.
    public void keyGivenUp() {
        if (phase == Phase.GIVING_UP) {
            phase = Phase.OVER;
        }
    }

    /// Whether it can still be called off.
    public boolean canStay() {
        return phase == Phase.SETTLING || phase == Phase.WAITING;
    }

    public Step next(List<Other> others, long nowMillis) {
        return switch (phase) {
            case SETTLING -> new Step.Settle();
            case WAITING -> await(others, nowMillis);
            case TAKING_LEAVE -> {
                if (nowMillis - farewellMillis < FAREWELL_MILLIS) {
                    yield new Step.Listen();
                }
                phase = Phase.WAITING;
                yield new Step.Return();
            }
            case GIVING_UP -> new Step.GiveUpKey();
            case OVER -> new Step.Nothing();
        };
    }

    private Step await(List<Other> others, long nowMillis) {
        int needed = needed(wanted, others.size());
        var holders = new ArrayList<NodeId>();
        var reasons = new ArrayList<String>();
        boolean heard = false;
        for (Other other : others) {
            if (other.holds() >= mark) {
                holders.add(other.node());
                heard |= other.reachable();
            } else {
                reasons.add("node " + other.node() + " " + other.trouble());
            }
        }
        if (holders.size() >= needed && heard) {
            phase = Phase.TAKING_LEAVE;
            farewellMillis = nowMillis;
            return new Step.TakeLeave();
        }
        if (reasons.isEmpty()) {
            reasons.add(
                    holders.isEmpty()
                            ? "no other full node of the family is known"
                            : "whoever holds everything cannot be reached, and has to be told");
        }
        return new Step.Wait(needed, holders, reasons);
    }
}
