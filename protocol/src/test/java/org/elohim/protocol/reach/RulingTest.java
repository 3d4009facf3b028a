package org.elohim.protocol.reach;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.NodeId;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Collections;

class RulingTest {
    private static final NodeId PHONE = node(1);
    private static final NodeId LAPTOP = node(2);

    @Test
    void theLaterCounts() {
        Ruling first = Ruling.first(Reach.PRIVATE, PHONE);

        assertCounts(first.next(Reach.COMMONS), first);
        assertCounts(first, Ruling.NONE);
    }

    @Test
    void ofTwoThatWereMadeWithoutEachOtherTheOneThatShowsLessCounts() {
        Ruling first = Ruling.first(Reach.LOCAL, PHONE);

        assertCounts(first.next(Reach.PRIVATE), first.next(Reach.COMMONS));
    }

    @Test
    void andOfTwoThatShowTheSameStillOneAndTheSameEverywhere() {
        assertCounts(Ruling.first(Reach.LOCAL, PHONE), Ruling.first(Reach.LOCAL, LAPTOP));
    }

    @Test
    void whoBroughtTheDocumentStaysItsOwner() {
        assertEquals(
                new Ruling(2, Reach.COMMONS, PHONE),
                Ruling.first(Reach.LOCAL, PHONE).next(Reach.COMMONS));
    }

    @Test
    void aTurnThatNobodyReachesIsNone() {
        for (long turn : new long[] {-1, Ruling.TURN_MAX + 1, Long.MIN_VALUE}) {
            assertThrows(
                    IllegalArgumentException.class, () -> new Ruling(turn, Reach.LOCAL, PHONE));
        }
    }

    private static void assertCounts(Ruling higher, Ruling lower) {
        assertEquals(higher, Collections.max(Arrays.asList(lower, higher)));
        assertEquals(higher, Collections.max(Arrays.asList(higher, lower)));
        assertTrue(higher.compareTo(lower) > 0);
    }

    private static NodeId node(int number) {
        byte[] key = new byte[NodeId.KEY_BYTES];
        key[0] = (byte) number;
        return new NodeId(Bytes.copyOf(key));
    }
}
