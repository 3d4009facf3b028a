package org.elohim.cluster.journal;

/// What may be written to the journal: events and snapshots.
///
/// Invariants: every class that implements it is a record with a [StoredFormat]; anything else is
/// refused when it is written, never when it is read back.
public interface Journaled {}
