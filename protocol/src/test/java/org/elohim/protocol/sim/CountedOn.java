package org.elohim.protocol.sim;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.StreamEntry;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Whether nodes have what another one counts on them for when it calls something durable.
///
/// Invariants: it is looked at the moment when a node begins to count on more, by what lies on the
/// other's disk then.
final class CountedOn {
    private final Invariants invariants;

    // Who has heard of another one's present process, be it over a line that is not to be trusted.
    private final Set<Heard> heardOf = new HashSet<>();

    private record Heard(Replica by, Replica of) {}

    CountedOn(Invariants invariants) {
        this.invariants = invariants;
    }

    void heard(Replica by, Replica of) {
        heardOf.add(new Heard(by, of));
    }

    /// Its disk is another one, and nobody knows yet.
    void wentBack(Replica replica) {
        heardOf.removeIf(heard -> heard.of() == replica);
    }

    /// A node counts on this other one to hold all of its journal between these places: it must at
    /// this moment, unless its disk went back and it has not been heard of since.
    void sure(Replica own, Replica other, long after, long through) {
        List<StreamEntry> journal = own.store.entriesFrom(0, true);
        Set<DocumentId> endedLater = livesIn(journal.subList((int) through, journal.size()));
        Set<DocumentId> begunAnew = livesIn(journal.subList((int) after, (int) through));
        for (StreamEntry entry : journal.subList(0, (int) through)) {
            boolean counted = entry.ordering() > after;
            // What is deleted is not sent on. Its restore offers all of it anew, and is not counted
            // before that has arrived.
            if ((counted || begunAnew.contains(entry.document()))
                    && !endedLater.contains(entry.document())) {
                sureOfChanges(own, other, entry);
            }
            if (counted) {
                sureOfMarks(own, other, entry);
            }
        }
    }

    private static Set<DocumentId> livesIn(List<StreamEntry> entries) {
        return entries.stream()
                .filter(entry -> entry.kind() != StreamEntry.Kind.RULED && entry.life() > 0)
                .map(StreamEntry::document)
                .collect(Collectors.toSet());
    }

    private void sureOfChanges(Replica own, Replica other, StreamEntry entry) {
        DocumentId document = entry.document();
        if (own.store.isDeleted(document)
                || other.store.life(document) > own.store.life(document)) {
            return;
        }
        for (ContentHash hash : entry.hashes()) {
            Failure.unless(
                    other.store.has(document, hash)
                            || (mayHaveGoneBack(own, other)
                                    && invariants.hasForgotten(other, hash)),
                    Failure.Kind.LOST,
                    () -> own + " counts on " + other + " for " + hash + " of " + document);
        }
    }

    private void sureOfMarks(Replica own, Replica other, StreamEntry entry) {
        DocumentId document = entry.document();
        boolean lost = mayHaveGoneBack(own, other);
        boolean lives =
                other.store.life(document) >= entry.life()
                        || (lost && invariants.hasForgottenLife(other, document));
        boolean rules =
                other.store.ruling(document).compareTo(entry.ruling()) >= 0
                        || (lost && invariants.hasForgottenRuling(other, document));
        Failure.unless(
                lives && rules,
                Failure.Kind.LOST,
                () -> own + " counts on " + other + " for " + entry);
    }

    private boolean mayHaveGoneBack(Replica own, Replica other) {
        return !heardOf.contains(new Heard(own, other));
    }
}
