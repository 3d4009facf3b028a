package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.junit.jupiter.api.Test;

import java.util.List;

class RelationshipTest {
    private static final NodeId OWNER = new NodeId(Bytes.parseHex("cc".repeat(32)));
    private static final long TICKET = 7;

    private final DocumentIndex index = new DocumentIndex();
    private final SyncHub.Fresh first = created(document(1), 3);

    private static DocumentId document(int number) {
        byte[] random = new byte[16];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }

    private static Document.Event.Created event(DocumentId document) {
        return new Document.Event.Created(document, Ruling.first(Reach.LOCAL, OWNER), null, 0);
    }

    private SyncHub.Fresh created(DocumentId document, long ordering) {
        index.apply(new Committed(ordering, document.toString(), 1, event(document)));
        return SyncHub.Fresh.of(ordering, event(document));
    }

    /// Readers see a commit a moment before the index does.
    @Test
    void aPageEndsBeforeWhatTheIndexDoesNotKnowYet() {
        SyncHub.Fresh unknown = SyncHub.Fresh.of(9, event(document(2)));

        Input.Page told = told(List.of(first, unknown), 5);

        assertEquals(List.of(first.entry()), told.entries());
        assertEquals(8, told.through());
        assertFalse(told.end());
    }

    @Test
    void aPageOfWhatIsKnownIsToldWhole() {
        Input.Page told = told(List.of(first), 5);

        assertEquals(List.of(first.entry()), told.entries());
        assertEquals(12, told.through());
        assertTrue(told.end());
    }

    private Input.Page told(List<SyncHub.Fresh> entries, long known) {
        return Relationship.told(
                new Grant.OfFamily(),
                TICKET,
                new JournalReader.Page<>(entries, 12, true, false),
                known,
                index);
    }
}
