package org.elohim.protocol.change;

import org.elohim.protocol.id.ContentHash;

import java.util.List;

/// What is to be done with a batch of changes.
///
/// Invariants: `accepted` is in topological order, waiting changes that the batch set free
/// included; every change of the batch is accepted, a duplicate, an orphan or refused.
///
/// @param accepted to be journaled in this order, then applied
/// @param duplicates known already, to be acknowledged like the first time
/// @param orphans of this batch; neither to be journaled nor acknowledged
/// @param missing what the orphans wait for, to be asked of the sender
/// @param forks that the accepted changes open
/// @param usage after the accepted changes
public record Decision(
        List<Change> accepted,
        List<ContentHash> duplicates,
        List<Orphan> orphans,
        List<ContentHash> missing,
        List<Refused> refused,
        List<Fork> forks,
        Usage usage) {
    public Decision {
        accepted = List.copyOf(accepted);
        duplicates = List.copyOf(duplicates);
        orphans = List.copyOf(orphans);
        missing = List.copyOf(missing);
        refused = List.copyOf(refused);
        forks = List.copyOf(forks);
    }

    public record Orphan(Change change, Entry entry) {}

    public record Refused(ContentHash hash, Refusal why) {}
}
