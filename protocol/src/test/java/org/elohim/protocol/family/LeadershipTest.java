package org.elohim.protocol.family;

import static org.elohim.protocol.family.Ids.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class LeadershipTest {
    private final Leadership one = new Leadership(node(1), Optional.of(new Term(4, node(3))));

    @Test
    void actsOnlyOnceTheTermIsOnTheDisk() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1))));
        assertEquals(Optional.empty(), one.acting());
        assertEquals(Optional.empty(), one.toLead(Optional.of(node(1))), "it is being written");
        assertEquals(Optional.empty(), one.durable(new Term(5, node(1))));
        assertEquals(Optional.of(new Term(5, node(1))), one.acting());
    }

    @Test
    void stopsWhenAnotherIsToLead() {
        lead();
        assertEquals(Optional.empty(), one.toLead(Optional.of(node(0))));
        assertEquals(Optional.empty(), one.acting());
        assertEquals(
                Optional.of(new Term(6, node(1))),
                one.toLead(Optional.of(node(1))),
                "never a term twice");
    }

    @Test
    void aTermThatIsWrittenTooLateIsNotActedIn() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1))));
        one.toLead(Optional.of(node(0)));
        assertEquals(Optional.empty(), one.durable(new Term(5, node(1))));
        assertEquals(Optional.empty(), one.acting());
    }

    @Test
    void aHigherTermOfSomebodyElseIsTopped() {
        lead();
        assertEquals(Optional.empty(), one.seen(new Term(5, node(0))), "lower by its id");
        assertTrue(one.acting().isPresent());
        assertEquals(Optional.of(new Term(8, node(1))), one.seen(new Term(7, node(2))));
        assertEquals(Optional.empty(), one.acting());
        one.durable(new Term(8, node(1)));
        assertEquals(Optional.of(new Term(8, node(1))), one.acting());
    }

    @Test
    void aHigherTermThatIsSeenWhileOneIsBeingWrittenIsToppedToo() {
        assertEquals(Optional.of(new Term(5, node(1))), one.toLead(Optional.of(node(1))));
        assertEquals(Optional.empty(), one.seen(new Term(9, node(2))));
        assertEquals(Optional.of(new Term(10, node(1))), one.durable(new Term(5, node(1))));
        assertEquals(Optional.empty(), one.acting());
    }

    @Test
    void afterAMergeTheTermIsAboveThoseOfBoth() {
        lead();
        one.seen(new Term(3, node(2)));
        assertEquals(Optional.of(new Term(6, node(1))), one.merged());
        assertEquals(Optional.empty(), one.acting());
    }

    private void lead() {
        one.toLead(Optional.of(node(1)));
        one.durable(new Term(5, node(1)));
    }
}
