package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.EngineLost;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

class OpeningsTest {
    private final AtomicLong now = new AtomicLong();
    private final List<DocumentId> suspected = new ArrayList<>();
    private final Openings openings = new Openings(now::get, suspected::add);

    @Test
    void aSearchKeepsNoOpeningFromOthersAndEnds() {
        Openings.Turn one = enter(1).orElseThrow();
        Openings.Turn two = enter(2).orElseThrow();
        assertTrue(enter(3).isEmpty());

        one.begin();
        one.begin();
        assertEquals(List.of(id(1)), suspected);
        assertTrue(openings.isSearched(id(1)));
        assertFalse(openings.isSearched(id(2)));
        Openings.Turn three = enter(3).orElseThrow();
        assertTrue(enter(4).isEmpty());

        // Another one that fails is told to come again, and keeps its place until it goes.
        assertTrue(
                assertThrows(Refusal.Thrown.class, two::begin)
                        .refusal()
                        .words()
                        .contains(id(2).toString()));
        assertEquals(List.of(id(1), id(2)), suspected);
        assertTrue(openings.search(id(5)).isEmpty());
        two.close();
        enter(4).orElseThrow().close();

        assertFalse(one.isOver());
        now.addAndGet(Openings.SEARCH_WITHIN.toMillis() + 1);
        assertTrue(one.isOver());
        one.close();
        three.close();
        assertFalse(openings.isSearched(id(1)));
        openings.search(id(5)).orElseThrow().close();
        for (int i = 0; i < Openings.OPENINGS_MAX; i++) {
            assertTrue(enter(i).isPresent());
        }
        assertTrue(enter(9).isEmpty());
    }

    @Test
    void aSearchForWhichNobodyWaitsSendsNobodyAway() {
        try (Openings.Turn turn = openings.search(id(1)).orElseThrow()) {
            turn.begin();
            assertFalse(openings.isSearched(id(1)));
        }
        assertEquals(List.of(), suspected);
    }

    @Test
    void aDocumentAtWhichTheChildDiesIsLeftAloneAndOthersAreNot() {
        var deaths = new Deaths(now::get);
        for (int i = 0; i < Deaths.DEATHS_MAX; i++) {
            assertEquals(Optional.empty(), deaths.refusal(id(1)));
            deaths.died(id(1));
        }
        Refusal refusal = deaths.refusal(id(1)).orElseThrow();
        assertEquals(Refusal.Kind.BUSY, refusal.kind());
        assertTrue(refusal.words().contains("leaves it alone"));
        assertEquals(Optional.empty(), deaths.refusal(id(2)));

        now.addAndGet(Deaths.LEFT_ALONE_FOR.toMillis());
        assertEquals(Optional.empty(), deaths.refusal(id(1)));
    }

    @Test
    void aDeathFromOutsideIsNoDocumentsFault() {
        assertFalse(Deaths.isOf(new EngineLost("killed", EngineLost.Why.GONE)));
        assertFalse(Deaths.isOf(new EngineLost("no library", EngineLost.Why.UNFIT)));
        for (var why :
                List.of(EngineLost.Why.CRASHED, EngineLost.Why.LATE, EngineLost.Why.TOO_LARGE)) {
            assertTrue(Deaths.isOf(new EngineLost("of it", why)));
            assertTrue(
                    Deaths.refusal(id(1), new EngineLost("of it", why))
                            .words()
                            .contains("Nothing was written"));
        }
    }

    private Optional<Openings.Turn> enter(int number) {
        return openings.enter(id(number), Duration.ZERO);
    }

    private static DocumentId id(int number) {
        byte[] random = new byte[DocumentId.SIZE_BYTES];
        random[0] = (byte) number;
        return DocumentId.ofRandom(random);
    }
}
