package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.family.Account;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

class JoiningTest {
    private static final Address ATTIC = new Address("attic", 1);
    private static final Address CELLAR = new Address("cellar", 1);
    private static final NodeId[] IDS =
            Stream.generate(() -> NodeKey.generate().id()).limit(2).sorted().toArray(NodeId[]::new);

    private final Joining joining = new Joining("self");

    @Test
    void whoSearchesNobodyJoinsItselfAtOnce() {
        assertEquals(Optional.empty(), joining.next(false, 0));
        joining.begin(false, Set.of(), Optional.empty(), 0);
        assertEquals(Optional.of("self"), joining.next(false, 0));
        assertEquals(Optional.empty(), joining.next(false, 1));
        assertFalse(joining.isOver());
        assertEquals(Optional.empty(), joining.next(true, 2));
        assertTrue(joining.isOver());
    }

    @Test
    void afterASecondTheLowestLeaderThatAnsweredIsJoined() {
        joining.begin(true, Set.of(ATTIC, CELLAR), Optional.empty(), 0);
        joining.answered(CELLAR, member(1), "cellar", 10);
        joining.answered(ATTIC, member(0), "attic", 20);
        assertEquals(Optional.empty(), joining.next(false, Joining.ANSWERS_MILLIS - 1));
        assertEquals(Optional.of("attic"), joining.next(false, Joining.ANSWERS_MILLIS));
    }

    @Test
    void aQuestionThatIsUnderWayIsWaitedForAsLongAsItMayTake() {
        joining.begin(true, Set.of(ATTIC, CELLAR), Optional.empty(), 0);
        joining.failed(ATTIC);
        assertEquals(Optional.empty(), joining.next(false, Joining.LAST_ANSWER_MILLIS - 1));
        joining.answered(CELLAR, member(1), "cellar", Joining.LAST_ANSWER_MILLIS - 1);
        assertEquals(Optional.of("cellar"), joining.next(false, Joining.LAST_ANSWER_MILLIS - 1));
    }

    @Test
    void whereNobodyAnswersItIsAloneAfterABoundedTime() {
        joining.begin(true, Set.of(ATTIC), Optional.empty(), 0);
        assertEquals(Optional.of("self"), joining.next(false, Joining.LAST_ANSWER_MILLIS));
    }

    @Test
    void whoIsNoMemberIsNotJoinedButKeepsNobodyWaitingLong() {
        joining.begin(true, Set.of(ATTIC, CELLAR), Optional.empty(), 0);
        joining.answered(ATTIC, nobody(0), "attic", 20);
        joining.failed(CELLAR);
        assertTrue(joining.somebodyWaits(21));
        assertEquals(Optional.of("self"), joining.next(false, Joining.ANSWERS_MILLIS));
        assertFalse(joining.somebodyWaits(10_000));
    }

    @Test
    void theDoorThatItIsSentToCountsBeforeAllOthersAndIsWaitedFor() {
        joining.begin(true, Set.of(ATTIC, CELLAR), Optional.of(CELLAR), 0);
        joining.answered(ATTIC, member(0), "attic", 20);
        assertEquals(Optional.empty(), joining.next(false, Joining.ANSWERS_MILLIS));
        joining.answered(CELLAR, member(1), "cellar", Joining.ANSWERS_MILLIS + 1);
        assertEquals(Optional.of("cellar"), joining.next(false, Joining.ANSWERS_MILLIS + 1));
    }

    @Test
    void whereTheOtherHasDiedItIsAloneAgainAfterABoundedTime() {
        joining.begin(true, Set.of(ATTIC, CELLAR), Optional.empty(), 0);
        joining.answered(ATTIC, member(0), "attic", 20);
        joining.failed(CELLAR);
        assertEquals(Optional.of("attic"), joining.next(false, 1_000));
        assertEquals(Optional.empty(), joining.next(false, 1_000 + Joining.JOIN_MILLIS - 1));
        assertEquals(Optional.of("self"), joining.next(false, 1_000 + Joining.JOIN_MILLIS));
    }

    private static Account member(int number) {
        String name = "process " + number;
        return new Account(IDS[number], name, Set.of(name), Set.of(name), Optional.of(IDS[number]));
    }

    private static Account nobody(int number) {
        return new Account(IDS[number], "process", Set.of(), Set.of(), Optional.empty());
    }
}
