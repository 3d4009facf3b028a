package org.elohim.cluster.journal;

/// An event that lies on the disk.
///
/// @param ordering its place in the journal, which is the order of the commits
public record Committed(
        long ordering, String persistenceId, long sequenceNumber, Journaled event) {}
