package org.elohim.protocol.change;

import static org.elohim.protocol.change.Golden.parsed;
import static org.elohim.protocol.change.Golden.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;

class InflationTest {
    private static Bytes bodyOf(int bytes) {
        Bytes front = Chunks.body(List.of(), Bytes.parseHex("aa"), 1, Bytes.EMPTY);
        return front.concat(Bytes.copyOf(new byte[bytes - front.size()]));
    }

    private static String inflated(Bytes plain, int limitBytes) {
        Bytes deflated = Chunks.deflate(plain);
        return switch (Inflation.inflate(deflated.asReadOnlyBuffer(), limitBytes)) {
            case Decoded.Malformed<?>(var reason) -> reason;
            case Decoded.Parsed<ByteBuffer>(var buffer) -> "bytes=" + buffer.remaining();
        };
    }

    @Test
    void aBodyOfJustTheLimitIsTakenAndOneByteMoreIsNot() {
        for (int limit : new int[] {0, 1, 1023, 1024, 1025, 5000}) {
            assertEquals("bytes=" + limit, inflated(Bytes.copyOf(new byte[limit]), limit));
            assertEquals(
                    "inflates to more than " + limit + " bytes",
                    inflated(Bytes.copyOf(new byte[limit + 1]), limit));
        }
    }

    @Test
    void aBombIsRefusedAtTheLimit() {
        // A thousandth of its size: as far as deflate goes.
        Bytes bomb = Chunks.deflated(bodyOf(64 << 20));

        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        String reason = reason(ChangeChunk.parse(bomb));
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertTrue(bomb.size() < 70_000);
        assertTrue(reason.contains("inflates to more than"), reason);
        // The buffer doubles until it has the limit: all of them together are less than twice that.
        assertTrue(allocated < 2L * ChunkReader.BODY_BYTES_MAX, "allocated=" + allocated);
    }

    @Test
    void manySmallBombsShareOneAllowance() {
        Bytes bomb = Chunks.deflated(bodyOf(900_000));
        Bytes delta = bomb.concat(bomb).concat(bomb).concat(bomb);
        var reader = new ChunkReader(delta);

        parsed(reader.next());
        assertTrue(reason(reader.next()).contains("inflates to more than"));
    }

    @Test
    void aLongRunOfOneCharacterIsNoBomb() {
        parsed(ChangeChunk.parse(Chunks.deflated(bodyOf(1_000_000))));
    }

    @Test
    void cutOffAndOverlongStreamsAreRefused() {
        Bytes plain = bodyOf(400);
        Bytes deflated = Chunks.deflate(plain);

        assertEquals(
                "chunk at byte 0: its deflated body is cut off",
                reason(
                        ChangeChunk.parse(
                                Chunks.chunk(
                                        2,
                                        deflated.slice(0, deflated.size() - 3),
                                        Chunks.hash(1, plain)))));
        assertEquals(
                "chunk at byte 0: bytes after its deflated body",
                reason(
                        ChangeChunk.parse(
                                Chunks.chunk(
                                        2,
                                        deflated.concat(Bytes.parseHex("00")),
                                        Chunks.hash(1, plain)))));
        assertTrue(
                reason(
                                ChangeChunk.parse(
                                        Chunks.chunk(
                                                2, Bytes.parseHex("ff"), Chunks.hash(1, plain))))
                        .contains("does not inflate"));
    }
}
