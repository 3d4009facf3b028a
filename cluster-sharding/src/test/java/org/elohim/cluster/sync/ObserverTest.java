package org.elohim.cluster.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.document.Document;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/// What a full node tells an observer, and what two of a family are to each other.
class ObserverTest {
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final NodeId PHONE = new NodeId(Bytes.parseHex("aa".repeat(32)));
    private static final ContentHash HASH = new ContentHash(Bytes.parseHex("01".repeat(32)));
    private static final List<Part> COMMONS = List.of(Part.parse("reach:commons"));
    private static final Grant OBSERVER = Grant.ofFamily(List.of(), COMMONS);

    @Test
    void anObserverReadsItsPartAndChangesNothing() {
        assertTrue(OBSERVER.allows(Access.READ, DOCUMENT, Reach.COMMONS));
        assertFalse(OBSERVER.allows(Access.READ, DOCUMENT, Reach.LOCAL));
        assertFalse(OBSERVER.allows(Access.WRITE, DOCUMENT, Reach.COMMONS));
        assertTrue(OBSERVER.isFamily());
        assertFalse(OBSERVER.isFull());
    }

    @Test
    void whatTwoAreToEachOtherFollowsFromWhatTheyHold() {
        assertInstanceOf(Grant.OfFamily.class, Grant.ofFamily(List.of(), List.of()));
        Grant source = Grant.ofFamily(COMMONS, List.of());
        assertTrue(source.allows(Access.WRITE, DOCUMENT, Reach.PRIVATE));
        assertFalse(source.allows(Access.READ, DOCUMENT, Reach.COMMONS));
        assertFalse(source.isFull());
        Grant observers = Grant.ofFamily(COMMONS, COMMONS);
        assertFalse(observers.allows(Access.READ, DOCUMENT, Reach.COMMONS));
        assertFalse(observers.allows(Access.WRITE, DOCUMENT, Reach.COMMONS));
        assertNotEquals(
                OBSERVER.digest(),
                Grant.ofFamily(List.of(), List.of(Part.parse("reach:local"))).digest());
    }

    @Test
    void itHearsOfWhatComesIntoItsPartAndOfWhatLeavesIt() {
        assertEquals(Optional.of(StreamEntry.Kind.RULED), told(Reach.LOCAL, Reach.COMMONS));
        assertEquals(Optional.of(StreamEntry.Kind.RULED), told(Reach.COMMONS, Reach.PRIVATE));
        assertEquals(Optional.empty(), told(Reach.LOCAL, Reach.PRIVATE));
    }

    @Test
    void changesOutsideItsPartAreNotShown() {
        var changes =
                new SyncHub.Fresh(
                        StreamEntry.ofChanges(
                                1, Lane.NEW, DOCUMENT, List.of(HASH), null, List.of()),
                        Optional.empty(),
                        null);
        assertTrue(Relationship.told(OBSERVER, changes, now(Reach.COMMONS)).isPresent());
        assertTrue(Relationship.told(OBSERVER, changes, now(Reach.LOCAL)).isEmpty());
    }

    private static Optional<StreamEntry.Kind> told(Reach before, Reach after) {
        var event =
                new Document.Event.ReachChanged(
                        DOCUMENT, before, new Ruling(2, after, PHONE), List.of(HASH), 0, null, 0);
        return Relationship.told(OBSERVER, SyncHub.Fresh.of(1, event), now(after))
                .map(StreamEntry::kind);
    }

    private static Optional<DocumentIndex.Entry> now(Reach reach) {
        return Optional.of(
                new DocumentIndex.Entry(DOCUMENT, new Ruling(2, reach, PHONE), 0, HASH, 0));
    }
}
