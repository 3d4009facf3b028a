package org.elohim.protocol.blob.replication;

/// How much it matters that a blob is seen to now, most first.
public enum Lane {
    /// One more loss may be one too many.
    URGENT,
    /// Just put, and nowhere else yet: somebody may be waiting to hear that it is durable.
    FRESH,
    /// Everything else, as what makes good what somebody who was away too long has taken with him.
    REPAIR
}
