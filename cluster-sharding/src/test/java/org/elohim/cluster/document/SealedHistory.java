package org.elohim.cluster.document;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.Arrays;
import java.util.List;

/// Makes changes of one author after each other, without an engine.
final class SealedHistory {
    private final DocumentId document;
    private final Bytes author;
    private long seq;
    private List<ContentHash> last = List.of();

    SealedHistory(DocumentId document, int author) {
        this.document = document;
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) author);
        this.author = Bytes.copyOf(key);
    }

    SealedChange next() {
        return next(List.of(), 10);
    }

    /// Builds also on what others did.
    SealedChange next(List<ContentHash> others, int sizeBytes) {
        var deps = new java.util.ArrayList<>(last);
        deps.addAll(others);
        SealedChange change =
                SealedChange.sign(
                        document,
                        author,
                        ++seq,
                        deps,
                        Bytes.copyOf(new byte[sizeBytes]),
                        _ -> Bytes.copyOf(new byte[64]));
        last = List.of(change.hash());
        return change;
    }
}
