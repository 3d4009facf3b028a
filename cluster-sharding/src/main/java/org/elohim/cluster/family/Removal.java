package org.elohim.cluster.family;

/// What became of the order to remove a node from its family.
public enum Removal {
    /// It is no member, or will be none in a moment, and the others are told to forget it. That is
    /// written down for those that cannot be told now.
    DONE,
    /// The same, but it is not written down yet.
    NOT_WRITTEN,
    /// It would only come back.
    ALIVE,
    /// Nobody removes itself.
    ITSELF;

    static Removal of(Standing.Member member, boolean evenAlive) {
        return switch (member.reach()) {
            case REACHABLE, THROUGH_OTHERS -> evenAlive ? DONE : ALIVE;
            case LOST -> DONE;
        };
    }
}
