package org.elohim.client.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.blob.BlobProgress.Stage;
import org.junit.jupiter.api.Test;

class BlobBarTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long TOTAL = 100_000_000;

    private final BlobBar bar = new BlobBar();

    private void send(long fromSecond, long toSecond, long bytesPerSecond, long already) {
        for (long tenth = 10 * fromSecond; tenth <= 10 * toSecond; tenth++) {
            long done = already + (tenth - 10 * fromSecond) * bytesPerSecond / 10;
            bar.moved(Stage.SENDING, done, TOTAL, tenth * SECOND / 10);
        }
    }

    @Test
    void itTellsHowMuchHowFastAndHowLongStill() {
        assertEquals("", bar.line(0));
        send(0, 10, 2_500_000, 0);
        assertEquals(
                "Sending  [#####---------------]  25 %  25.0 MB of 100.0 MB  2.5 MB/s  0:30 left",
                bar.line(10 * SECOND));
    }

    @Test
    void whatAnEarlierTryHasDoneIsNoSpeed() {
        send(0, 4, 1_000_000, 90_000_000);
        assertEquals(
                "Sending  [##################--]  94 %  94.0 MB of 100.0 MB  1.0 MB/s  0:06 left",
                bar.line(4 * SECOND));
    }

    @Test
    void theSpeedIsThatOfTheLastSeconds() {
        send(0, 10, 1_000_000, 0);
        send(10, 20, 2_000_000, 10_000_000);
        assertTrue(bar.line(20 * SECOND).contains("  2.0 MB/s  0:35 left"), bar.line(20 * SECOND));
    }

    @Test
    void itIsSeenThatNothingMoves() {
        send(0, 10, 1_000_000, 0);
        assertEquals(
                "Sending  [##------------------]  10 %  10.0 MB of 100.0 MB  stalled for 1:05",
                bar.line(75 * SECOND));
    }

    @Test
    void anotherStageAndABeginningAnewHaveASpeedOfTheirOwn() {
        send(0, 10, 5_000_000, 0);
        bar.moved(Stage.SENDING, 0, TOTAL, 10 * SECOND);
        assertEquals(
                "Sending  [--------------------]   0 %  0 B of 100.0 MB", bar.line(10 * SECOND));
        bar.moved(Stage.RECEIVING, 7, -1, 11 * SECOND);
        assertEquals("Getting   7 B", bar.line(11 * SECOND));
        bar.moved(Stage.WAITING, 7, 7, 12 * SECOND);
        assertEquals("Waiting for others to hold it, 0:03", bar.line(15 * SECOND));
    }

    @Test
    void anEmptyBlobAndALongWayAreTold() {
        bar.moved(Stage.SENDING, 0, 0, 0);
        assertEquals("Sending   0 B of 0 B", bar.line(60 * SECOND));
        bar.moved(Stage.HASHING, 0, 1_000_000_000_000L, 0);
        bar.moved(Stage.HASHING, 50_000_000, 1_000_000_000_000L, SECOND);
        assertEquals(
                "Reading  [--------------------]   0 %  50.0 MB of 1.0 TB  50.0 MB/s  5:33:19 left",
                bar.line(SECOND));
    }

    @Test
    void sizesAreToldInThousands() {
        assertEquals("999 B", BlobBar.size(999));
        assertEquals("1.0 kB", BlobBar.size(1000));
        assertEquals("1.0 MB", BlobBar.size(999_960));
        assertEquals("9223.4 PB", BlobBar.size(Long.MAX_VALUE));
    }
}
