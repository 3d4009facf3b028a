package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.journal.Streamed;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

/// Who may have a document, and whether it lives.
class DocumentLivesTest extends DocumentOnDisk {
    @Test
    void aDeletionWinsOverEveryChangeAndSurvives() {
        take(List.of(phone.next()));
        assertTrue(run(Document.Command.Delete::new).isSuccess());
        restart();

        SealedChange late = phone.next();
        Input.Taken taken = take(List.of(late));

        assertEquals(Limit.DOCUMENT_DELETED, taken.refused().getFirst().limit());
        assertEquals(late.hash(), taken.refused().getFirst().hash());
        assertTrue(describe().deleted());
        assertEquals(List.of(), read(List.of(), List.of(), 1 << 20));
    }

    @Test
    void ofTwoLivesTheHigherWinsAndTheSameOneIsNotJournaledTwice() {
        take(List.of(phone.next()));
        takeLife(1);
        assertTrue(describe().deleted());
        takeLife(4);
        assertFalse(describe().deleted());
        takeLife(3);
        takeLife(4);
        assertFalse(describe().deleted());
        restart();
        run(Document.Command.Delete::new);
        assertTrue(describe().deleted());
        assertEquals(
                List.of(
                        StreamEntry.Kind.DELETED + " 1",
                        StreamEntry.Kind.RESTORED + " 4",
                        StreamEntry.Kind.DELETED + " 5"),
                entries().stream()
                        .filter(entry -> entry.kind() != StreamEntry.Kind.CHANGES)
                        .map(entry -> entry.kind() + " " + entry.life())
                        .toList());
    }

    @Test
    void theDeletionOfWhatIsNotHereYetIsKeptAgainstItsChanges() {
        takeLife(1);
        assertEquals(PHONE, describe().owner());
        assertEquals(
                Limit.DOCUMENT_DELETED, take(List.of(phone.next())).refused().getFirst().limit());
    }

    @Test
    void aLifeBeyondWhichNothingCountsIsNotDeletedAnyMore() {
        takeLife(SyncMessage.LIFE_MAX, Entry.RELAY);
        var refused =
                assertThrows(CompletionException.class, () -> run(Document.Command.Delete::new));
        assertTrue(String.valueOf(refused.getMessage()).contains("too often"));
    }

    @Test
    void whoeverMayNewlyHaveARestoredDocumentHearsOfItsLife() {
        take(List.of(phone.next()));
        run(Document.Command.Delete::new);
        run(Document.Command.Restore::new);
        run(to -> new Document.Command.ChangeReach(Reach.COMMONS, to));
        StreamEntry offer = entries().getLast();
        assertEquals(StreamEntry.Kind.RESTORED, offer.kind());
        assertEquals(2, offer.life());
        assertEquals(Lane.BACKFILL, offer.lane());
    }

    @Test
    void aDeviceRestoresWithinThirtyDaysOnly() {
        take(List.of(phone.next()));
        takeLife(1);
        now = now.plus(Duration.ofDays(31));

        assertEquals(DocumentRefusal.Obstacle.TOO_LATE, obstacleTo(2));
        assertTrue(describe().deleted());
        takeLife(3);
        takeLife(4);
        assertFalse(describe().deleted(), "deleted anew just now");
    }

    @Test
    void whatAnotherNodeHasLetInIsRestoredHereToo() {
        takeLife(1);
        now = now.plus(Duration.ofDays(31));
        takeLife(2, Entry.RELAY);
        assertFalse(describe().deleted());
    }

    @Test
    void aDeviceDoesNotUseUpTheLivesOfADocument() {
        take(List.of(phone.next()));

        assertEquals(DocumentRefusal.Obstacle.TOO_OFTEN, obstacleTo(SyncMessage.LIFE_MAX));
        assertEquals(
                DocumentRefusal.Obstacle.TOO_OFTEN,
                obstacleTo(DocumentState.LIVES_PER_MARK_MAX + 2));
        takeLife(DocumentState.LIVES_PER_MARK_MAX);
        assertTrue(run(Document.Command.Delete::new).getValue().deleted());
    }

    @Test
    void aDeletedDocumentIsRestoredWithinThirtyDaysOnly() {
        SealedChange change = phone.next();
        take(List.of(change));
        run(Document.Command.Delete::new);
        now = now.plus(Duration.ofDays(29));
        assertTrue(run(Document.Command.Restore::new).isSuccess());
        assertEquals(List.of(change.hash()), describe().heads());
        assertFalse(describe().deleted());

        run(Document.Command.Delete::new);
        now = now.plus(Duration.ofDays(31));
        var late =
                assertThrows(CompletionException.class, () -> run(Document.Command.Restore::new));
        assertTrue(String.valueOf(late.getMessage()).contains("30 days"), late.getMessage());
    }

    @Test
    void aWidenedReachOffersTheHeadsAndANarrowedOneWithdraws() {
        SealedChange change = phone.next();
        take(List.of(change));
        run(to -> new Document.Command.ChangeReach(Reach.COMMONS, to));
        run(to -> new Document.Command.ChangeReach(Reach.PRIVATE, to));

        var kinds =
                committed().stream()
                        .filter(c -> c.event() instanceof Document.Event.ReachChanged)
                        .map(c -> ((Document.Event.ReachChanged) c.event()))
                        .map(event -> event.entryForOthers(1).orElseThrow())
                        .map(entry -> entry.kind() + " " + entry.hashes())
                        .toList();
        assertEquals(List.of("CHANGES " + List.of(change.hash()), "WITHDRAWN []"), kinds);
        assertEquals(Reach.PRIVATE, describe().reach());
    }

    private DocumentRefusal.Obstacle obstacleTo(long life) {
        var refused = assertThrows(CompletionException.class, () -> takeLife(life));
        return obstacle(refused);
    }

    private void takeLife(long life) {
        takeLife(life, Entry.DEVICE);
    }

    private void takeLife(long life, Entry entry) {
        var newcomer = Ruling.first(Reach.LOCAL, PHONE);
        run(to -> new Document.Command.TakeLife(life, entry, newcomer, to));
    }

    // As whoever is not of the family is told of them.
    private List<StreamEntry> entries() {
        return committed().stream()
                .filter(committed -> committed.event() instanceof Streamed)
                .flatMap(each -> ((Streamed) each.event()).entryForOthers(each.ordering()).stream())
                .toList();
    }
}
