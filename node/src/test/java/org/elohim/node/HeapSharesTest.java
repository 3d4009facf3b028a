package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class HeapSharesTest {
    // What a connection was seen to hold that sends and has to wait: three reads, and its actors.
    private static final long WAITING_CONNECTION_BYTES = 160 << 10;

    @Test
    void allTogetherLeaveRoomInAnyHeap() {
        for (long megabytes : new long[] {64, 96, 128, 512, 2_048, 32_768}) {
            long heap = megabytes << 20;
            var shares = new HeapShares(heap);
            var blobs = shares.blobs(Optional.empty());

            long sum =
                    blobs.readBytes()
                            + blobs.arrivingBytes()
                            + blobs.queuedBytes()
                            + shares.conversationBytes()
                            + shares.changeBytes();

            assertTrue(sum <= heap * 2 / 3, megabytes + " MB");
            assertTrue(
                    shares.connections() * WAITING_CONNECTION_BYTES <= heap / 3,
                    megabytes + " MB for connections");
        }
    }

    @Test
    void aCacheThatSomebodyHasSetIsAsLargeAsHeSays() {
        assertEquals(5, new HeapShares(1 << 30).blobs(Optional.of(5L)).readBytes());
    }

    @Test
    void aNodeAsItIsStartedServesAThousandAtOnce() {
        assertTrue(new HeapShares(512L << 20).connections() >= 1_000);
    }
}
