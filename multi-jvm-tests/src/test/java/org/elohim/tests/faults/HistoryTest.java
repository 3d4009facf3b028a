package org.elohim.tests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

/// Histories that are good, and one for each way of being bad.
class HistoryTest {
    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final ContentHash FIRST = hash("first");
    private static final ContentHash SECOND = hash("second");
    private static final History.Reading ALL = reading(Set.of(FIRST, SECOND), Set.of(SECOND));
    private static final History.Reading LESS = reading(Set.of(FIRST), Set.of(FIRST));
    private static final Set<String> NODES = Set.of("attic", "cellar");

    @Test
    void whatIsEverywhereIsGood() {
        assertTrue(verdict(promised(FIRST, SECOND), Map.of("attic", ALL, "cellar", ALL)).isGood());
    }

    @Test
    void whatWasPromisedAndIsMissingAtOneNodeIsLost() {
        var verdict = verdict(promised(FIRST, SECOND), Map.of("attic", ALL, "cellar", LESS));
        assertEquals(1, verdict.lost().size());
        assertTrue(verdict.lost().getFirst().contains("missing at cellar"), verdict.toString());
        assertTrue(verdict.lost().getFirst().contains("promised by attic (ACCEPTED)"));
        assertEquals(List.of("document " + DOCUMENT), verdict.divergent());
    }

    @Test
    void whatWasPromisedAndIsMissingEverywhereIsLostThoughNodesAgree() {
        var verdict = verdict(promised(FIRST, SECOND), Map.of("attic", LESS, "cellar", LESS));
        assertEquals(2, verdict.lost().size());
        assertEquals(List.of(), verdict.divergent());
    }

    @Test
    void aPromiseOfAHigherTierIsOneToo() {
        var durable = new History.Promise("attic", Tier.DURABLE, SECOND);
        var verdict = verdict(List.of(durable), Map.of("attic", LESS, "cellar", LESS));
        assertEquals(2, verdict.lost().size());
    }

    @Test
    void aDocumentThatIsNotThereAtAllIsLost() {
        var empty = new History.Reading(Map.of());
        var verdict = verdict(promised(FIRST), Map.of("attic", ALL, "cellar", empty));
        assertEquals(1, verdict.lost().size());
        assertEquals(1, verdict.divergent().size());
    }

    @Test
    void whatNoNodeTookIsStuck() {
        var verdict = verdict(promised(FIRST), Map.of("attic", LESS, "cellar", LESS));
        assertEquals(List.of(), verdict.lost());
        assertEquals(1, verdict.stuck().size());
        assertTrue(verdict.stuck().getFirst().contains(SECOND.toString()));
    }

    @Test
    void equalChangesWithOtherHeadsDiverge() {
        var other = reading(Set.of(FIRST, SECOND), Set.of(FIRST, SECOND));
        var verdict = verdict(promised(FIRST, SECOND), Map.of("attic", ALL, "cellar", other));
        assertEquals(1, verdict.divergent().size());
        assertFalse(verdict.isGood());
    }

    @Test
    void aNodeThatCannotBeReadIsStuck() {
        var verdict = verdict(promised(FIRST, SECOND), Map.of("attic", ALL));
        assertEquals(List.of("cellar could not be read"), verdict.stuck());
    }

    @Test
    void aRefusalIsBad() {
        var refused = List.of(new History.Refusal("phone", "too large"));
        var all = Map.of("attic", ALL, "cellar", ALL);
        var history =
                new History(NODES, writes(), promised(FIRST, SECOND), refused, all, List.of());
        assertEquals(List.of("a change of phone: too large"), history.verdict().refused());
        assertFalse(history.verdict().isGood());
    }

    @Test
    void aProcessThatEndedByItselfIsBad() {
        var all = Map.of("attic", ALL, "cellar", ALL);
        var ended = List.of("attic ended with 1");
        var history = new History(NODES, writes(), promised(FIRST, SECOND), List.of(), all, ended);
        assertEquals(List.of("broken: attic ended with 1"), history.verdict().words());
    }

    @Test
    void aRunWithoutNodesOrWithUnknownOnesIsNone() {
        var all = Map.of("attic", ALL);
        assertThrows(
                IllegalArgumentException.class,
                () -> new History(Set.of(), List.of(), List.of(), List.of(), Map.of(), List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new History(
                                Set.of("cellar"), List.of(), List.of(), List.of(), all, List.of()));
    }

    private static History.Verdict verdict(
            List<History.Promise> promises, Map<String, History.Reading> readings) {
        return new History(NODES, writes(), promises, List.of(), readings, List.of()).verdict();
    }

    private static List<History.Write> writes() {
        return List.of(
                new History.Write("phone", DOCUMENT, FIRST),
                new History.Write("phone", DOCUMENT, SECOND));
    }

    private static List<History.Promise> promised(ContentHash... changes) {
        return List.of(changes).stream()
                .map(change -> new History.Promise("attic", Tier.ACCEPTED, change))
                .toList();
    }

    private static History.Reading reading(Set<ContentHash> changes, Set<ContentHash> heads) {
        return new History.Reading(Map.of(DOCUMENT, new History.Content(changes, heads)));
    }

    private static ContentHash hash(String of) {
        return ContentHash.of(Bytes.copyOf(of.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
}
