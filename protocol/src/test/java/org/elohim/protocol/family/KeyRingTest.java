package org.elohim.protocol.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;

class KeyRingTest {
    private static final FamilyKey FIRST = FamilyKey.of("the first key of ours");
    private static final FamilyKey SECOND = FamilyKey.of("the second key of ours");
    private static final FamilyKey THIRD = FamilyKey.of("the third key of ours");
    private static final long NOW = 1_000_000;
    private static final long DAY = 24 * 3_600_000L;

    private final KeyRing before = KeyRing.of(FIRST);
    private final KeyRing rotating = before.rotated(SECOND, DAY, DAY, NOW);

    @Test
    void bothKeysAreTrustedUntilTheOverlapIsOver() {
        assertEquals(SECOND, rotating.newest().key());
        assertEquals(FIRST, rotating.oldest().key());
        assertEquals(OptionalLong.of(NOW + DAY), rotating.nextEnd());
        assertEquals(rotating, rotating.at(NOW + DAY - 1));
        KeyRing after = rotating.at(NOW + DAY);
        assertFalse(after.isRotating());
        assertEquals(SECOND, after.newest().key());
        assertTrue(after.wasGivenUp(FIRST));
        assertEquals(before.family(), after.family());
    }

    @Test
    void whoIsToldLaterGivesTheOldKeyUpWithTheOthers() {
        // Its clock is a year ahead.
        long clock = NOW + 365 * DAY;
        KeyRing told = before.with(rotating.told(NOW + DAY / 2), clock);
        assertEquals(OptionalLong.of(clock + DAY / 2), told.nextEnd());
    }

    @Test
    void whoWasToldCanSpeakWithEverybodyWhateverItsClockSays() {
        KeyRing told = before.with(rotating.told(NOW), NOW);
        assertTrue(told.knows(before));
        assertTrue(told.at(NOW + DAY).knows(rotating));
        assertTrue(rotating.at(NOW + DAY).knows(told));
        assertFalse(rotating.at(NOW + DAY).knows(before));
    }

    @Test
    void toldTwiceIsToldOnce() {
        KeyRing told = before.with(rotating.told(NOW), NOW);
        assertEquals(told, told.with(rotating.told(NOW + 5), NOW + 5));
        assertEquals(told, told.with(told.told(NOW), NOW));
        assertEquals(told, told.with(before.told(NOW), NOW));
    }

    @Test
    void ofTwoRotationsBegunApartOneWinsAndTheOtherIsTrustedMeanwhile() {
        KeyRing other = before.rotated(THIRD, DAY, DAY, NOW);
        KeyRing one = rotating.with(other.told(NOW), NOW);
        KeyRing two = other.with(rotating.told(NOW), NOW);
        assertEquals(one.newest(), two.newest());
        assertEquals(3, one.keys().size());
        assertTrue(one.knows(before) && one.knows(rotating.at(NOW + DAY)));
        assertTrue(two.knows(other.at(NOW + DAY - 1)));
        assertEquals(one.at(NOW + DAY), two.at(NOW + DAY));
    }

    @Test
    void aKeyThatWasGivenUpDoesNotComeBack() {
        KeyRing after = rotating.at(NOW + DAY);
        assertEquals(after, after.with(rotating.told(NOW), NOW + DAY));
    }

    @Test
    void aKeyWithoutOverlapEndsTheOthersWhereItIsTold() {
        KeyRing stolen = before.rotated(SECOND, KeyRing.AT_ONCE, 5_000, NOW);
        assertTrue(stolen.knows(before));
        assertEquals(1, stolen.told(NOW).size());
        KeyRing told = before.with(stolen.told(NOW), NOW);
        assertEquals(List.of(SECOND), told.keys().stream().map(KeyRing.Held::key).toList());
        assertTrue(told.knows(stolen) && told.knows(stolen.at(NOW + 5_000)));
        assertFalse(told.knows(before));
    }

    @Test
    void whoJoinedWithTheBareKeyLearnsItsGeneration() {
        KeyRing after = rotating.at(NOW + DAY);
        KeyRing joined = KeyRing.of(SECOND).with(after.told(NOW), NOW);
        assertEquals(1, joined.newest().generation());
        assertEquals(after.newest().key(), joined.newest().key());
        assertFalse(joined.isRotating());
    }

    @Test
    void whoJoinedWithTheBareKeyLearnsWhichFamilyItIs() {
        KeyRing after = rotating.at(NOW + DAY);
        KeyRing joined = KeyRing.of(SECOND).toldBy(after.family(), after.told(NOW), NOW);
        assertEquals(before.family(), joined.family());
        KeyRing begun = before.toldBy(KeyRing.of(THIRD).family(), before.told(NOW), NOW);
        assertEquals(before, begun);
    }

    @Test
    void aCodeOfAChangedFamilyNamesTheSameFamily() {
        KeyRing after = rotating.at(NOW + DAY);
        KeyRing joined = JoinCode.parse(JoinCode.of(after, List.of()).text()).ring();
        assertEquals(after.family(), joined.family());
        assertEquals(after.newest().key(), joined.newest().key());
        assertEquals(1, joined.newest().generation());
    }

    @Test
    void whatNoNodeTellsIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new KeyRing.Told(FIRST, Long.MAX_VALUE, DAY, DAY));
        assertThrows(IllegalArgumentException.class, () -> new KeyRing.Told(FIRST, 1, -1, DAY));
        assertThrows(
                IllegalArgumentException.class,
                () -> new KeyRing.Told(FIRST, 1, DAY, KeyRing.OVERLAP_MILLIS_MAX + 1));
    }

    @Test
    void noTextOfItShowsAKey() {
        assertFalse(rotating.toString().contains("key of ours"));
        assertFalse(rotating.newest().toString().contains("key of ours"));
        assertFalse(rotating.told(NOW).toString().contains("key of ours"));
    }
}
