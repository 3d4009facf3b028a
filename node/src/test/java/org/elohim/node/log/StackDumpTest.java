package org.elohim.node.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

class StackDumpTest {
    @Test
    void whoWaitsForALockIsTheFirstToBeSeenAndWithWhatItDoes() throws Exception {
        Object lock = new Object();
        var inside = new CountDownLatch(1);
        Thread waiting;
        String dump;
        synchronized (lock) {
            waiting =
                    Thread.ofPlatform()
                            .name("a thread that waits")
                            .start(
                                    () -> {
                                        inside.countDown();
                                        synchronized (lock) {
                                            inside.countDown();
                                        }
                                    });
            inside.await();
            while (waiting.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            dump = StackDump.now();
        }
        waiting.join();

        List<String> lines = dump.lines().toList();
        int at = lines.indexOf("\"a thread that waits\" BLOCKED");
        assertTrue(at >= 0, dump);
        assertTrue(lines.get(at + 1).contains("StackDumpTest"), dump);
        assertTrue(
                lines.subList(0, at).stream().noneMatch(line -> line.endsWith("\" RUNNABLE")),
                dump);
    }

    @Test
    void itIsNoLongerThanItsBoundHoweverManyThreadsThereAre() throws Exception {
        var end = new CountDownLatch(1);
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 200; i++) {
            threads.add(Thread.ofPlatform().name("one of many").start(() -> awaitQuietly(end)));
        }
        try {
            while (threads.stream().anyMatch(each -> each.getState() != Thread.State.WAITING)) {
                Thread.onSpinWait();
            }
            List<String> lines = StackDump.now().lines().toList();
            assertEquals(StackDump.LINES_MAX + 1, lines.size());
            assertTrue(lines.getLast().endsWith("more lines"), lines.getLast());
        } finally {
            end.countDown();
        }
        for (Thread each : threads) {
            each.join();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
