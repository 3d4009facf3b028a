package org.elohim.cluster.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.cluster.journal.Streamed;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;

import java.util.List;

/// Who may have a document, as the nodes of a family tell each other.
class DocumentRulingsTest extends DocumentOnDisk {
    private static final NodeId SIBLING = new NodeId(Bytes.parseHex("d4".repeat(32)));
    private static final Ruling FIRST = Ruling.first(Reach.LOCAL, PHONE);

    @Test
    void theOneWhoBringsADocumentRulesFirstAndWhoeverChangesItsReachNext() {
        take(List.of(phone.next()));
        run(to -> new Document.Command.ChangeReach(Reach.COMMONS, to));

        assertEquals(List.of(FIRST, FIRST.next(Reach.COMMONS)), rulings());
    }

    @Test
    void aRulingOfASiblingCountsWhereItIsHigher() {
        take(List.of(phone.next()));
        rule(FIRST.next(Reach.COMMONS));
        rule(FIRST);
        rule(FIRST.next(Reach.COMMONS));

        assertEquals(Reach.COMMONS, describe().reach());
        assertEquals(List.of(FIRST, FIRST.next(Reach.COMMONS)), rulings(), "and is noted once");
    }

    @Test
    void itSurvivesARestart() {
        take(List.of(phone.next()));
        rule(FIRST.next(Reach.COMMONS));
        restart();
        rule(FIRST.next(Reach.PRIVATE));
        restart();

        assertEquals(Reach.PRIVATE, describe().reach(), "of one turn the narrower counts");
        rule(FIRST.next(Reach.COMMONS));
        assertEquals(Reach.PRIVATE, describe().reach());
    }

    @Test
    void itMayComeBeforeAnyChange() {
        rule(new Ruling(3, Reach.INVITED, PHONE));
        assertEquals(Reach.INVITED, describe().reach());
        assertEquals(PHONE, describe().owner());

        take(List.of(phone.next()), SIBLING);

        assertEquals(Reach.INVITED, describe().reach(), "what is there is no newcomer");
    }

    @Test
    void itCountsForADeletedDocumentTooAsItMayBeRestored() {
        take(List.of(phone.next()));
        run(Document.Command.Delete::new);
        rule(FIRST.next(Reach.PRIVATE));
        run(Document.Command.Restore::new);

        assertEquals(Reach.PRIVATE, describe().reach());
    }

    @Test
    void siblingsHearOfItInAnyCaseAndItsOriginIsNamed() {
        rule(FIRST);
        rule(FIRST.next(Reach.PRIVATE));

        List<StreamEntry> told = entries();
        assertEquals(
                List.of(StreamEntry.Kind.RULED, StreamEntry.Kind.RULED),
                told.stream().map(StreamEntry::kind).toList());
        assertTrue(told.stream().allMatch(entry -> SIBLING.equals(entry.origin())));
        assertEquals(Lane.LOCAL, told.getFirst().lane(), "before all changes, in whatever lane");
    }

    private void rule(Ruling ruling) {
        run(to -> new Document.Command.TakeRuling(ruling, SIBLING, to));
    }

    private List<Ruling> rulings() {
        return entries().stream()
                .filter(entry -> entry.kind() == StreamEntry.Kind.RULED)
                .map(StreamEntry::ruling)
                .toList();
    }

    private List<StreamEntry> entries() {
        return committed().stream()
                .filter(committed -> committed.event() instanceof Streamed)
                .map(each -> ((Streamed) each.event()).entry(each.ordering()))
                .toList();
    }
}
