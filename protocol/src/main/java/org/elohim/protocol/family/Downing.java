package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Decides which members are given up.
///
/// Invariants: a member that any reachable full member still hears is never given up, however long
/// this node has not heard it itself; nobody waits for a majority.
///
/// Both sides of a cut decide the same of each other, and both go on serving. What they were apart
/// for is merged once they meet again.
public final class Downing {
    /// Where the family wants nothing else. A restart, a nap of a laptop or a router that starts
    /// anew must not cost a merge.
    public static final long LOST_MILLIS = 10 * 60_000;

    /// A dead blade must not keep out the one that replaces it.
    public static final long LOST_WHILE_SOMEBODY_WAITS_MILLIS = 15_000;

    private final long lostMillis;
    private final Map<NodeId, Long> lostSince = new HashMap<>();

    /// @param lostMillis how long a member may be lost before it is given up
    public Downing(long lostMillis) {
        this.lostMillis = lostMillis;
    }

    /// Whom to remove now.
    ///
    /// @param somebodyWaits whether a node wants to join and cannot, because others are lost
    public SortedSet<NodeId> toRemove(
            Membership membership, boolean somebodyWaits, long nowMillis) {
        SortedSet<NodeId> lost = membership.lost();
        lostSince.keySet().retainAll(lost);
        var removed = new TreeSet<NodeId>();
        long patience =
                somebodyWaits ? Math.min(LOST_WHILE_SOMEBODY_WAITS_MILLIS, lostMillis) : lostMillis;
        for (NodeId member : lost) {
            long since = lostSince.computeIfAbsent(member, _ -> nowMillis);
            if (nowMillis - since >= patience) {
                removed.add(member);
            }
        }
        return removed;
    }
}
