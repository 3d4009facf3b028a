package org.elohim.node.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.sync.SyncCodec;
import org.junit.jupiter.api.Test;

import java.time.Duration;

class FramePartsTest {
    private static final byte[] PACKET = new byte[1_400];

    private final FrameParts parts = new FrameParts(SyncCodec.FRAME_BYTES_MAX, 0);

    @Test
    void thePartsAreTheMessage() {
        parts.with(new byte[] {1, 2}, 0).with(new byte[0], 0).with(new byte[] {3}, 0);

        assertEquals(Bytes.parseHex("010203"), parts.whole());
    }

    @Test
    void theLargestFrameComesThroughAnHonestSlowLine() {
        int bytesPerSecond = 1_000_000 / 8;
        int sent = 0;
        while (sent + PACKET.length <= SyncCodec.FRAME_BYTES_MAX) {
            sent += PACKET.length;
            parts.with(PACKET, nanos(sent / bytesPerSecond));
        }
        assertEquals(sent, parts.whole().size());
    }

    @Test
    void aLineThatTricklesIsCutOff() {
        long within = FrameLimit.GRACE.toSeconds();
        parts.with(PACKET, nanos(within));

        assertThrows(IllegalArgumentException.class, () -> parts.with(PACKET, nanos(within + 10)));
    }

    @Test
    void aFrameIsNoLargerThanItMayBe() {
        parts.with(new byte[SyncCodec.FRAME_BYTES_MAX], 0);

        assertThrows(IllegalArgumentException.class, () -> parts.with(new byte[1], 0));
    }

    @Test
    void partsOfAByteEachDoNotGoOnForEver() {
        for (int i = 0; i < FrameLimit.PARTS_MAX; i++) {
            parts.with(new byte[1], 0);
        }
        assertThrows(IllegalArgumentException.class, () -> parts.with(new byte[1], 0));
    }

    private static long nanos(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }
}
