package org.elohim.node.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.libp2p.multiformats.IpAddress;
import org.elohim.node.config.NodeConfig;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

class OwnAddressWatchTest {
    private static final IpAddress OLD = IpAddress.parse("192.168.1.20");
    private static final IpAddress NEW = IpAddress.parse("192.168.1.77");

    private final List<String> ordered = new ArrayList<>();
    private final AtomicReference<List<IpAddress>> usable = new AtomicReference<>(List.of(OLD));

    private OwnAddressWatch watch(String listen) {
        var config =
                new NodeConfig.Cluster(
                        false,
                        IpAddress.parse(listen),
                        1,
                        2,
                        0,
                        null,
                        List.of(),
                        600_000,
                        List.of(),
                        null,
                        "");
        return new OwnAddressWatch(
                config, OLD, (why, joinFirst) -> ordered.add(why + joinFirst), usable::get);
    }

    @Test
    void aMoveIsOrderedOnceWithWhatTheLogIsToTell() {
        OwnAddressWatch watch = watch("0.0.0.0");
        watch.look(0);
        usable.set(List.of(NEW));
        for (long millis = 5_000; millis <= 60_000; millis += 5_000) {
            watch.look(millis);
        }
        assertEquals(1, ordered.size());
        assertTrue(ordered.getFirst().contains(OLD.toString()), ordered.getFirst());
        assertTrue(ordered.getFirst().contains(NEW.toString()), ordered.getFirst());
    }

    @Test
    void whoListensAtOneAddressStaysThere() {
        OwnAddressWatch watch = watch(OLD.toString());
        usable.set(List.of(NEW));
        for (long millis = 0; millis <= 60_000; millis += 5_000) {
            watch.look(millis);
        }
        assertEquals(List.of(), ordered);
    }
}
