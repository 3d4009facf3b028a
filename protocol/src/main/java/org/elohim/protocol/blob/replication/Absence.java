package org.elohim.protocol.blob.replication;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.NodeId;

/// How long a node may be away before what it holds is made anew elsewhere.
///
/// Nothing is lost while it is away, and most that go come back: moving a terabyte because somebody
/// has pulled the wrong plug is the usual way in which such systems keep themselves busy. So one
/// missing piece waits for hours. Where two are missing the next loss may be one too many, and only
/// a reboot is waited for.
final class Absence {
    static final long REBOOT_MILLIS = 60_000;
    static final long AWAY_MILLIS = 4 * 60 * 60 * 1_000L;

    private Absence() {}

    /// @param here of the copies those at nodes that can be reached
    static long millis(Copies copies, Copies here, ErasureCode code) {
        return isUrgent(copies, here, code) ? REBOOT_MILLIS : AWAY_MILLIS;
    }

    private static boolean isUrgent(Copies copies, Copies here, ErasureCode code) {
        int wholesAway = copies.wholes() - here.wholes();
        boolean shardsCarryIt = copies.shards().count() >= code.dataShards();
        if (here.wholes() > 1 && wholesAway <= 1) {
            return false;
        }
        return shardsCarryIt ? here.shards().count() <= code.shards() - 2 : true;
    }

    /// Whether it has been away for longer.
    static boolean isOver(Sight sight, NodeId node, long patienceMillis) {
        return sight.of(node)
                .map(
                        seen ->
                                !seen.isHere()
                                        && sight.nowMillis() - seen.awaySinceMillis()
                                                >= patienceMillis)
                .orElse(true);
    }
}
