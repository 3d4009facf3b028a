package org.elohim.protocol.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class LedgerTest {
    private static final NodeKey ATTIC = Entries.key(1);
    private static final NodeKey CELLAR = Entries.key(2);
    private static final NodeKey PHONE = Entries.key(3);

    private final Ledger ledger = new Ledger(ATTIC.id());

    /// It must never change: nodes that name it differently would not find each other's tokens.
    @Test
    void theDocumentIsTheSameForEverybody() {
        assertEquals("73rh16DdueiqSyU54ZHU3uaSEnk", DocumentId.LEDGER.toString());
        assertTrue(DocumentId.parse(DocumentId.LEDGER.toString()).isLedger());
    }

    @Test
    @DisplayName("R-17: no scope whatever allows the ledger")
    void noScopeAllowsIt() {
        var scopes = new ArrayList<Scope>(List.of(new Scope.Admin()));
        for (Access access : Access.values()) {
            scopes.add(new Scope.OfDocument(access, DocumentId.LEDGER));
            for (Reach reach : Reach.values()) {
                scopes.add(new Scope.OfReach(access, reach));
            }
        }
        for (Scope scope : scopes) {
            for (Access access : Access.values()) {
                for (Reach reach : Reach.values()) {
                    assertFalse(scope.allows(access, DocumentId.LEDGER, reach), scope.toString());
                }
            }
        }
    }

    @Test
    void aRevocationThatComesBeforeTheIssueWins() {
        ledger.add(Entries.change(ATTIC.id(), 2, Entries.revoked(1)));
        ledger.add(Entries.change(ATTIC.id(), 1, Entries.issued(1)));

        assertTrue(ledger.isRevoked(Entries.token(1)));
        assertEquals(Optional.empty(), ledger.issued(Entries.token(1)));
    }

    @Test
    void whatAnotherNodeWroteBeforeItWasMetCountsFromThenOn() {
        ledger.add(Entries.change(CELLAR.id(), 1, Entries.issued(1), met(PHONE)));
        ledger.add(Entries.change(PHONE.id(), 1, Entries.issued(2)));
        assertEquals(Optional.empty(), ledger.issued(Entries.token(1)));
        assertEquals(2, ledger.ignored());

        ledger.add(Entries.change(ATTIC.id(), 1, met(CELLAR)));

        assertTrue(ledger.issued(Entries.token(1)).isPresent());
        assertTrue(ledger.issued(Entries.token(2)).isPresent());
        assertEquals(0, ledger.ignored());
    }

    @Test
    void nodesThatVouchForEachOtherAloneDoNotCount() {
        ledger.add(Entries.change(CELLAR.id(), 1, met(PHONE), met(CELLAR), Entries.issued(1)));
        ledger.add(Entries.change(PHONE.id(), 1, met(CELLAR), met(PHONE), met(ATTIC)));

        assertFalse(ledger.counts(CELLAR.id()));
        assertFalse(ledger.counts(PHONE.id()));
        assertEquals(Optional.empty(), ledger.issued(Entries.token(1)));
    }

    @Test
    @DisplayName("R-15: of two leaders that act apart one registration is left")
    void twoLeadersThatActApartLeaveOneRegistration() {
        ledger.add(Entries.change(ATTIC.id(), 1, met(CELLAR), Entries.seen(21, 1)));
        var ours = ledger.due(new Term(4, ATTIC.id()), Entries.AT).getFirst();
        var theirs = ledger.due(new Term(5, CELLAR.id()), Entries.AT + 1).getFirst();

        ledger.add(Entries.change(CELLAR.id(), 1, theirs));
        ledger.add(Entries.change(ATTIC.id(), 2, ours));

        assertEquals(1, ledger.devices().size());
        assertEquals(
                Optional.of(new Ledger.Registration(new Term(5, CELLAR.id()), Entries.AT + 1)),
                ledger.devices().getFirst().registration());
        assertEquals(List.of(), ledger.due(new Term(6, ATTIC.id()), Entries.AT));
    }

    @Test
    void aRegistrationInTheNameOfAnotherLeaderIsIgnoredAndCounted() {
        ledger.add(
                Entries.change(
                        ATTIC.id(), 1, Entries.seen(21, 1), Entries.registered(21, 9, PHONE.id())));

        assertEquals(Optional.empty(), ledger.devices().getFirst().registration());
        assertEquals(1, ledger.ignored());
    }

    @Test
    void aChangeThatItsAuthorDidNotSignSaysNothingAndIsCounted() {
        SealedChange forged =
                SealedChange.sign(
                        DocumentId.LEDGER,
                        ATTIC.id().publicKey(),
                        1,
                        List.of(),
                        LedgerCodec.encode(List.of(Entries.issued(1))),
                        PHONE::sign);
        var elsewhere =
                SealedChange.sign(
                        DocumentId.ofRandom(new byte[16]),
                        ATTIC.id().publicKey(),
                        1,
                        List.of(),
                        LedgerCodec.encode(List.of(Entries.issued(1))),
                        ATTIC::sign);
        for (SealedChange change : List.of(forged, elsewhere)) {
            LedgerChange read = LedgerChange.read(change.bytes());
            assertInstanceOf(LedgerChange.Said.Nothing.class, read.said());
            ledger.add(read);
        }

        assertEquals(Optional.empty(), ledger.issued(Entries.token(1)));
        assertEquals(2, ledger.ignored());
    }

    @Test
    void whatIsWrittenIsReadAndTheDocumentTakesIt() {
        var tip = new LedgerTip(ATTIC);
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        // More than one change holds, twice; in between another node writes beside.
        var entries = new ArrayList<LedgerEntry>();
        for (int i = 0; i < LedgerCodec.ENTRIES_MAX + 1; i++) {
            entries.add(Entries.issued(i));
        }
        var others = new LedgerTip(CELLAR);
        for (LedgerTip writer : List.of(tip, others, tip)) {
            List<SealedChange> written = writer.write(entries);
            assertEquals(2, written.size());
            var decision = graph.decide(written, Entry.RELAY);
            assertEquals(written, decision.accepted());
            graph.apply(graph.size() + 1, decision.accepted());
            written.forEach(
                    change -> {
                        LedgerChange read = LedgerChange.read(change.bytes());
                        ledger.add(read);
                        tip.follow(read);
                    });
        }

        assertEquals(LedgerCodec.ENTRIES_MAX + 1, ledger.allIssued().size());
        assertEquals(1, graph.heads().size());
        assertEquals(List.of(), graph.forks());
    }

    /// A node whose disk is an older one counts its changes from there again.
    @Test
    void aNumberThatIsUsedTwiceLosesNothing() {
        var tip = new LedgerTip(ATTIC);
        var restored = new LedgerTip(ATTIC);
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        var changes = new ArrayList<SealedChange>(tip.write(List.of(Entries.issued(1))));
        changes.addAll(restored.write(List.of(Entries.issued(2))));
        var after = new LedgerTip(ATTIC);
        changes.forEach(change -> after.follow(LedgerChange.read(change.bytes())));
        changes.addAll(after.write(List.of(Entries.revoked(2))));

        assertEquals(changes, graph.decide(changes, Entry.RELAY).accepted());
        changes.forEach(change -> ledger.add(LedgerChange.read(change.bytes())));
        assertTrue(ledger.issued(Entries.token(1)).isPresent());
        assertTrue(ledger.isRevoked(Entries.token(2)));
    }

    @Test
    void whoHasGoneComesBackOnlyByAMeetingAfterThat() {
        ledger.add(Entries.change(ATTIC.id(), 1, met(CELLAR), Entries.issued(1)));
        assertEquals(Optional.empty(), ledger.meeting(CELLAR.id()));
        LedgerEntry going = ledger.going(CELLAR.id());

        ledger.add(Entries.change(ATTIC.id(), 2, going));
        assertTrue(ledger.isGone(CELLAR.id()));
        assertEquals(Set.of(CELLAR.id()), ledger.gone());
        assertTrue(ledger.counts(CELLAR.id()), "what it wrote goes on to count");
        // Another node's word of a meeting from before.
        ledger.add(Entries.change(CELLAR.id(), 1, met(CELLAR)));
        assertTrue(ledger.isGone(CELLAR.id()));

        LedgerEntry back = ledger.meeting(CELLAR.id()).orElseThrow();
        ledger.add(Entries.change(ATTIC.id(), 3, back));
        assertFalse(ledger.isGone(CELLAR.id()));
        // Told once more, late.
        ledger.add(Entries.change(ATTIC.id(), 4, going));
        assertFalse(ledger.isGone(CELLAR.id()));

        ledger.add(Entries.change(ATTIC.id(), 5, ledger.going(CELLAR.id())));
        assertTrue(ledger.isGone(CELLAR.id()));
    }

    @Test
    void whoWasNeverMetCanBeGoneAsWell() {
        assertFalse(ledger.isGone(PHONE.id()));
        ledger.add(Entries.change(ATTIC.id(), 1, ledger.going(PHONE.id())));
        assertTrue(ledger.isGone(PHONE.id()));
        assertFalse(ledger.counts(PHONE.id()));
    }

    @Test
    void nothingSecretIsNeededToReadIt() {
        Bytes written = new LedgerTip(ATTIC).write(List.of(Entries.issued(1))).getFirst().bytes();

        assertInstanceOf(LedgerChange.Said.Entries.class, LedgerChange.read(written).said());
    }

    private static LedgerEntry met(NodeKey node) {
        return new LedgerEntry.NodeMet(node.id());
    }
}
