package org.elohim.protocol.sync;

import java.util.List;

/// What kind of event it is, which decides what is sent first.
///
/// Invariants: the order of the constants is the order of sending, strictly: while a lane has
/// something to send, no later lane sends.
public enum Lane {
    /// Made here by a person who may be waiting.
    LOCAL,
    /// Just received from a peer.
    NEW,
    /// History that somebody catches up with.
    BACKFILL,
    /// A reference to content that is not here yet.
    OUTLIER;

    public static final List<Lane> IN_ORDER = List.of(values());
}
