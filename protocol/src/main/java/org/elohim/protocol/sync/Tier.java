package org.elohim.protocol.sync;

/// What an acknowledgement is worth; each tier includes those before it.
public enum Tier {
    /// Fsynced by the one who acknowledges.
    ACCEPTED,
    /// Held by other full nodes too.
    DURABLE,
    /// Its provenance record is signed and held by others.
    VERIFIED
}
