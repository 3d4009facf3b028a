package org.elohim.protocol.automerge;

import org.elohim.protocol.automerge.Frame.StorageHeads;
import org.elohim.protocol.id.DocumentId;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the storages of clients are said to have of documents, as far as anybody has told.
///
/// Invariants: what is said later counts, by the clock of who says it, which nothing but a display
/// depends on; what is remembered is bounded, the document that was told of longest ago is
/// forgotten first.
public final class StorageNews {
    static final int DOCUMENTS_MAX = 1 << 12;

    /// Of one document: a storage is a browser or a server.
    static final int STORAGES_MAX = 1 << 8;

    private final Map<DocumentId, Map<String, StorageHeads>> told =
            new LinkedHashMap<>(16, 0.75f, true);

    /// Whether it is news.
    public boolean isNew(DocumentId document, String storage, StorageHeads heads) {
        Map<String, StorageHeads> storages = told.computeIfAbsent(document, _ -> new HashMap<>());
        StorageHeads before = storages.get(storage);
        boolean known =
                before != null
                        && (before.timestampMillis() >= heads.timestampMillis()
                                || before.heads().equals(heads.heads()));
        if (known || (before == null && storages.size() >= STORAGES_MAX)) {
            return false;
        }
        storages.put(storage, heads);
        if (told.size() > DOCUMENTS_MAX) {
            told.remove(told.keySet().iterator().next());
        }
        return true;
    }

    /// What was told last of all documents in one storage.
    public Map<DocumentId, StorageHeads> of(String storage) {
        Map<DocumentId, StorageHeads> known = new HashMap<>();
        told.forEach(
                (document, storages) -> {
                    StorageHeads heads = storages.get(storage);
                    if (heads != null) {
                        known.put(document, heads);
                    }
                });
        return known;
    }
}
