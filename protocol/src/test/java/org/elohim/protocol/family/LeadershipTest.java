package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class LeadershipTest {
    private static final long NOW = 5_000;
    private static final long RESTED = NOW + Leadership.REST_MILLIS;

    private final Leadership one = new Leadership(node(1), Optional.of(new Term(4, node(3))));

    @Test
    void actsOnlyOnceTheTermIsOnTheDisk() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1)), NOW));
        assertEquals(Optional.empty(), one.acting());
        assertEquals(
                Optional.empty(), one.toLead(Optional.of(node(1)), NOW), "it is being written");
        one.durable(new Term(5, node(1)));
        assertEquals(Optional.of(new Term(5, node(1))), one.acting());
    }

    @Test
    void stopsWhenAnotherIsToLead() {
        lead();
        assertEquals(Optional.empty(), one.toLead(Optional.of(node(0)), NOW));
        assertEquals(Optional.empty(), one.acting());
        assertEquals(
                Optional.of(new Term(6, node(1))),
                one.toLead(Optional.of(node(1)), NOW),
                "never a term twice");
    }

    @Test
    void aTermThatIsWrittenTooLateIsNotActedIn() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1)), NOW));
        one.toLead(Optional.of(node(0)), NOW);
        one.durable(new Term(5, node(1)));
        assertEquals(Optional.empty(), one.acting());
    }

    @Test
    void aHigherTermOfSomebodyElseIsToppedAfterARest() {
        lead();
        one.seen(new Term(5, node(0)), NOW);
        assertTrue(one.acting().isPresent(), "lower by its id");
        one.seen(new Term(7, node(2)), NOW);
        assertEquals(Optional.empty(), one.acting());
        assertEquals(Optional.empty(), one.toLead(Optional.of(node(1)), RESTED - 1));
        assertEquals(Optional.of(new Term(8, node(1))), one.toLead(Optional.of(node(1)), RESTED));
        one.durable(new Term(8, node(1)));
        assertEquals(Optional.of(new Term(8, node(1))), one.acting());
    }

    @Test
    void whoeverDidNotLeadNeedsNoRest() {
        one.seen(new Term(7, node(2)), NOW);
        assertEquals(Optional.of(new Term(8, node(1))), one.toLead(Optional.of(node(1)), NOW));
    }

    @Test
    void aHigherTermThatIsSeenWhileOneIsBeingWrittenIsToppedToo() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1)), NOW));
        one.seen(new Term(9, node(2)), NOW);
        one.durable(new Term(5, node(1)));
        assertEquals(Optional.empty(), one.acting());
        assertEquals(Optional.of(new Term(10, node(1))), one.toLead(Optional.of(node(1)), RESTED));
    }

    @Test
    void twoThatTakeEachOtherForLostDoNotOutbidEachOther() {
        var other = new Leadership(node(2), Optional.empty());
        for (long now = NOW; now < NOW + 3_000; now += 10) {
            one.toLead(Optional.of(node(1)), now).ifPresent(one::durable);
            other.toLead(Optional.of(node(2)), now).ifPresent(other::durable);
            one.seen(other.highest().orElseThrow(), now);
            other.seen(one.highest().orElseThrow(), now);
        }
        long highest = one.highest().orElseThrow().number();
        assertTrue(highest <= 5 + 3, () -> "the term is " + highest);
    }

    @Test
    void afterAMergeTheTermIsAboveThoseOfBoth() {
        lead();
        one.seen(new Term(3, node(2)), NOW);
        assertEquals(Optional.of(new Term(6, node(1))), one.merged());
        assertEquals(Optional.empty(), one.acting());
    }

    private void lead() {
        one.toLead(Optional.of(node(1)), NOW);
        one.durable(new Term(5, node(1)));
    }
}
