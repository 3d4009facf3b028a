package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

class ClockTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir Path folder;

    @Test
    void goesAheadBackAndStandsStillWhileAProcessRuns() throws Exception {
        Clock clock = Clock.in(folder);
        var told = new ProcessBuilder(List.of("bash", "-c", "while read -r; do date +%s; done"));
        told.environment().putAll(clock.environment());
        Process process = told.start();
        try (var asks = process.outputWriter();
                var says = process.inputReader()) {
            clock.set(DAY);
            assertNear(Instant.now().plus(DAY), ask(asks, says));
            clock.set(DAY.negated());
            assertNear(Instant.now().minus(DAY), ask(asks, says));
            Instant longAgo = Instant.parse("2001-02-03T04:05:06Z");
            clock.stopAt(longAgo);
            assertEquals(longAgo.getEpochSecond(), ask(asks, says));
            assertEquals(longAgo.getEpochSecond(), ask(asks, says));
            clock.set(Duration.ZERO);
            assertNear(Instant.now(), ask(asks, says));
        } finally {
            process.destroy();
        }
    }

    private static void assertNear(Instant expected, long toldSeconds) {
        long off = Math.abs(expected.getEpochSecond() - toldSeconds);
        assertTrue(off < 3_600, off + " s off");
    }

    private static long ask(Writer asks, BufferedReader says) throws IOException {
        asks.write("\n");
        asks.flush();
        return Long.parseLong(says.readLine());
    }
}
