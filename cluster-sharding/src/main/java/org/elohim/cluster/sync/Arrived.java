package org.elohim.cluster.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.List;

/// Changes as somebody has sent them: read, hashed, and looked at whether they are what they say.
///
/// Invariants: the only way by which changes of others come to a document, whoever sends them.
public sealed interface Arrived {
    /// They may go to the document.
    record Genuine(List<Change> changes) implements Arrived {
        public Genuine {
            changes = List.copyOf(changes);
        }
    }

    /// One of them is no change, or another's.
    record Poisoned(String reason) implements Arrived {}

    static Arrived of(DocumentId document, List<Bytes> sent, Signatures signatures) {
        var changes = new ArrayList<Change>(sent.size());
        for (Bytes bytes : sent) {
            switch (Change.parse(bytes)) {
                case Decoded.Malformed<? extends Change>(var reason) -> {
                    return new Poisoned(reason);
                }
                case Decoded.Parsed<? extends Change>(var change) -> {
                    if (change instanceof SealedChange sealed
                            && !(sealed.document().equals(document)
                                    && signatures.isSound(sealed))) {
                        return new Poisoned("a sealed change of another document or author");
                    }
                    changes.add(change);
                }
            }
        }
        return new Genuine(changes);
    }
}
