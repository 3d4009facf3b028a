package org.elohim.protocol.blob.replication;

/// How far a blob has come, as people see it.
public enum Stage {
    /// On this node's disk, and nowhere else as far as is known.
    ACCEPTED,
    /// The same, and its shards are known.
    ENCODED,
    /// Elsewhere too, not yet in enough places.
    PLACED,
    /// Any one node may be lost, or more.
    DURABLE,
    /// Others see to it, this one keeps something.
    KEPT,
    /// Nobody wants it any more, and not everybody who has it was told.
    ABANDONED,
    /// Too little is left of it, wherever one looks.
    LOST
}
