package org.elohim.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Optional;

class HeapSharesTest {
    // What one was seen to hold that sends and has to wait: three reads, and its actors.
    private static final long WAITING_CONNECTION_BYTES = 160 << 10;
    // What a node that has just started has in use.
    private static final long NODE_BYTES = 17 << 20;

    @Test
    void allFitTogetherInAnyHeap() {
        for (long megabytes : new long[] {64, 96, 128, 512, 2_048, 32_768}) {
            long heap = megabytes << 20;
            HeapShares shares = HeapShares.of(heap);
            var blobs = shares.blobs(Optional.empty());

            // What waits for the disk is among what arrives.
            long sum =
                    NODE_BYTES
                            + blobs.readBytes()
                            + blobs.arrivingBytes()
                            + shares.conversationBytes()
                            + shares.changeBytes()
                            + shares.connections() * WAITING_CONNECTION_BYTES;

            assertTrue(sum <= heap, megabytes + " MB");
        }
    }

    @Test
    void aCacheThatSomebodyHasSetIsAsLargeAsHeSays() {
        assertEquals(5, HeapShares.of(1 << 30).blobs(Optional.of(5L)).readBytes());
    }

    /// Of the 512 MB that its launcher gives it Java calls a part its own.
    @Test
    void aNodeAsItIsStartedServesAThousandAtOnce() {
        assertTrue(HeapShares.of(494L << 20).connections() > 1_100);
    }

    @Test
    void aHeapThatIsTooSmallIsSharedAsWell() {
        HeapShares shares = HeapShares.of(16 << 20);

        assertTrue(shares.changeBytes() > 0);
        assertTrue(shares.connections() > 0);
    }
}
