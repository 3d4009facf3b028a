package org.elohim.cluster.ledger;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.ledger.LedgerChange;

import java.util.List;

/// One event of the document, read and verified.
record Growth(long sequenceNumber, List<LedgerChange> changes) {
    Growth {
        changes = List.copyOf(changes);
    }

    static Growth of(long sequenceNumber, List<Bytes> changes) {
        return new Growth(sequenceNumber, changes.stream().map(LedgerChange::read).toList());
    }

    // On the reader's thread: verifying takes longer than reading.
    static Growth of(Committed committed) {
        return of(
                committed.sequenceNumber(),
                committed.event() instanceof Document.Event.ChangesAccepted accepted
                        ? accepted.changes()
                        : List.of());
    }
}
