package org.elohim.cluster.family;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.elohim.protocol.family.Announcement;
import org.elohim.protocol.id.NodeKey;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

class SegmentsTest {
    private static final InetAddress ONE = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
    private static final Announcement OURS =
            new Announcement(NodeKey.generate().id(), 4002, List.of("192.0.2.1"), "");

    private final List<InetAddress> opened = new ArrayList<>();
    private final List<InetAddress> spokenAt = new ArrayList<>();
    private final Set<InetAddress> closedTo = new HashSet<>();
    private final Set<InetAddress> deafTo = new HashSet<>();
    private final Set<InetAddress> flooded = new HashSet<>();
    private final Segments segments = new Segments(Fake::new);

    private final class Fake implements Segments.Segment {
        private final InetAddress own;

        Fake(InetAddress own) throws IOException {
            if (closedTo.contains(own)) {
                throw new IOException("No such device");
            }
            this.own = own;
            opened.add(own);
        }

        @Override
        public void announce(Map<String, Announcement> all) throws IOException {
            if (deafTo.contains(own)) {
                throw new IOException("Network is unreachable");
            }
            assertEquals(Map.of("ours", OURS), all);
            spokenAt.add(own);
        }

        @Override
        public boolean isFlooded() {
            return flooded.contains(own);
        }

        @Override
        public void close() {}
    }

    private void speak(long nowSeconds) {
        spokenAt.clear();
        segments.speak(
                List.of(ONE, OTHER),
                _ -> Map.of("ours", OURS),
                TimeUnit.SECONDS.toNanos(nowSeconds));
    }

    @Test
    void whatCannotBeOpenedKeepsNobodySilentElsewhereAndIsTriedAgain() {
        closedTo.add(ONE);
        speak(1);
        assertEquals(List.of(OTHER), spokenAt);
        speak(2);
        assertEquals(List.of(OTHER), spokenAt);
        closedTo.clear();
        speak(3);
        assertEquals(List.of(ONE, OTHER), spokenAt);
        assertEquals(List.of(OTHER, ONE), opened, "each once");
    }

    @Test
    void whereNothingCanBeSaidItIsSaidElsewhereAndLater() {
        deafTo.add(ONE);
        speak(1);
        assertEquals(List.of(OTHER), spokenAt);
        deafTo.clear();
        speak(2);
        assertEquals(List.of(ONE, OTHER), spokenAt);
    }

    @Test
    void aFloodedOneIsLeftAloneForAWhile() {
        speak(1);
        flooded.add(ONE);
        speak(2);
        flooded.clear();
        assertEquals(List.of(OTHER), spokenAt);
        speak(61);
        assertEquals(List.of(OTHER), spokenAt);
        speak(63);
        assertEquals(List.of(ONE, OTHER), spokenAt);
        assertEquals(List.of(ONE, OTHER, ONE), opened);
    }
}
