package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

class ClockTest {
    // Higher than the kernel counts.
    private static final long NOBODY = 1L << 40;

    @TempDir Path named;

    @Test
    void whatTheDeadLeftIsForgottenAndNothingElse() throws Exception {
        Path dead = Files.createFile(named.resolve("sem.faketime_sem_" + NOBODY));
        Path deadToo = Files.createFile(named.resolve("faketime_shm_" + NOBODY));
        Path alive =
                Files.createFile(
                        named.resolve("sem.faketime_sem_" + ProcessHandle.current().pid()));
        Path others = Files.createFile(named.resolve("sem.another_" + NOBODY));

        Clock.forgetTheDead(named);

        assertFalse(Files.exists(dead));
        assertFalse(Files.exists(deadToo));
        assertTrue(Files.exists(alive));
        assertTrue(Files.exists(others));
    }
}
