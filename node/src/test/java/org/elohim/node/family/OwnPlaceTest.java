package org.elohim.node.family;

import static org.elohim.node.family.OwnPlace.LASTING_MILLIS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.libp2p.multiformats.IpAddress;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class OwnPlaceTest {
    private static final IpAddress OLD = IpAddress.parse("192.168.1.20");
    private static final IpAddress NEW = IpAddress.parse("192.168.1.77");
    private static final IpAddress OTHER = IpAddress.parse("10.0.0.7");
    private static final Optional<IpAddress> STAYS = Optional.empty();

    private final OwnPlace place = new OwnPlace(OLD);

    private Optional<IpAddress> look(long atMillis, IpAddress... present) {
        return look(place, atMillis, present);
    }

    // The first is the one that would be told.
    private static Optional<IpAddress> look(OwnPlace place, long atMillis, IpAddress... present) {
        return place.look(
                List.of(present),
                present.length == 0 ? OwnAddress.THIS_MACHINE_ONLY : present[0],
                atMillis);
    }

    @Test
    void aNewLeaseMovesTheNodeOnceItHasLasted() {
        assertEquals(STAYS, look(1_000, NEW));
        assertEquals(STAYS, look(1_000 + LASTING_MILLIS - 1, NEW));
        assertEquals(Optional.of(NEW), look(1_000 + LASTING_MILLIS, NEW));
    }

    @Test
    void anAddressThatIsStillThereIsKeptThoughAnotherWouldBeTold() {
        assertEquals(STAYS, look(0, OTHER, OLD));
        assertEquals(STAYS, look(LASTING_MILLIS, OTHER, OLD));
    }

    @Test
    void withoutAnyNetworkItIsWaitedForTheOldOne() {
        assertEquals(STAYS, look(0));
        assertEquals(STAYS, look(10 * LASTING_MILLIS));
        assertEquals(STAYS, look(11 * LASTING_MILLIS, OLD));
    }

    @Test
    void whatComesBackInTimeHasNeverBeenGone() {
        assertEquals(STAYS, look(0, NEW));
        assertEquals(STAYS, look(LASTING_MILLIS - 1, NEW, OLD));
        assertEquals(STAYS, look(LASTING_MILLIS, NEW));
        assertEquals(STAYS, look(2 * LASTING_MILLIS - 1, NEW));
    }

    @Test
    void oneThatGivesWayToAnotherBeginsToLastAnew() {
        assertEquals(STAYS, look(0, NEW));
        assertEquals(STAYS, look(LASTING_MILLIS, OTHER));
        assertEquals(Optional.of(OTHER), look(2 * LASTING_MILLIS, OTHER));
    }

    @Test
    void aNetworkThatComesUpLateMovesWhoWasThereForItsOwnMachineOnly() {
        var alone = new OwnPlace(OwnAddress.THIS_MACHINE_ONLY);
        assertEquals(STAYS, look(alone, 0));
        assertEquals(STAYS, look(alone, 1_000, NEW));
        assertEquals(Optional.of(NEW), look(alone, 1_000 + LASTING_MILLIS, NEW));
    }

    /// What is configured, or one address at which the door listens, is told whatever else there
    /// is.
    @Test
    void whatIsToldInAnyCaseNeverMoves() {
        assertEquals(STAYS, place.look(List.of(NEW), OLD, 0));
        assertEquals(STAYS, place.look(List.of(NEW), OLD, 10 * LASTING_MILLIS));
    }
}
