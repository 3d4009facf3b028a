package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.Conflicts;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.EngineLost;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

class EngineProcessTest {
    private static final Bytes ACTOR = Bytes.parseHex("01");
    private static final Bytes OTHER_ACTOR = Bytes.parseHex("02");

    private Instant now = Instant.EPOCH;
    private EngineProcess process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> now);

    @AfterEach
    void end() {
        process.close();
    }

    @Test
    void documentsAreTheSameAsThoseOfTheEngineInThisProcess() {
        var random = new Random(7);
        try (CrdtEngine near = AutomergeEngine.open(ACTOR);
                CrdtEngine far = process.open(ACTOR)) {
            for (int i = 0; i < 200; i++) {
                Path at = Path.of("key" + random.nextInt(20));
                Value value = new Value.Items(List.of(new Value.Int(random.nextInt())));

                Edited here = near.edit(edit -> edit.set(at, value));

                assertEquals(here, far.edit(edit -> edit.set(at, value)));
            }
            assertEquals(near.read(Path.ROOT), far.read(Path.ROOT));
            assertEquals(near.heads(), far.heads());
            assertEquals(near.save(), far.save());
        }
    }

    @Test
    void conflictsAreTheSameAsThoseOfTheEngineInThisProcess() {
        Path place = Path.of("list").index(0);
        try (CrdtEngine near = AutomergeEngine.open(ACTOR);
                CrdtEngine far = process.open(OTHER_ACTOR)) {
            near.edit(
                    edit -> edit.set(Path.of("list"), new Value.Items(List.of(new Value.Null()))));
            far.apply(near.save());
            near.edit(edit -> edit.set(place, new Value.Str("Milk")));
            far.edit(edit -> edit.set(place, new Value.Str("Bread")));
            assertEquals(Conflicts.NONE, far.conflicts());
            near.apply(far.save());
            far.apply(near.save());

            assertEquals(near.conflicts(), far.conflicts());
            assertEquals(place, far.conflicts().listed().getFirst().path());

            far.edit(edit -> edit.set(place, new Value.Str("Eggs")));
            assertEquals(Conflicts.NONE, far.conflicts());
        }
    }

    @Test
    void anEngineWhoseProcessWasKilledSaysSoAndTheNextOneWorks() throws IOException {
        CrdtEngine engine = process.open(ACTOR);
        signal("KILL");

        assertThrows(EngineLost.class, engine::heads);
        assertInstanceOf(Applied.Killed.class, engine.apply(Bytes.EMPTY));

        engine.close();
        try (CrdtEngine next = process.open(ACTOR)) {
            assertTrue(next.heads().isEmpty());
        }
    }

    @Test
    void aProcessThatHangsIsKilledWhenItsTimeIsUp() throws IOException {
        process.close();
        // Long enough for a child to start on a busy machine.
        process =
                new EngineProcess(
                        new EngineProcess.Limits(Duration.ofSeconds(5), 512L << 20, 5), () -> now);
        CrdtEngine engine = process.open(ACTOR);
        signal("STOP");

        assertInstanceOf(Applied.Killed.class, engine.apply(Bytes.EMPTY));
        assertTrue(process.pid().isEmpty());
    }

    @Test
    void aProcessThatDiesTooOftenIsNotStartedAgainBeforeTheMinuteIsOver() throws IOException {
        for (int i = 0; i < EngineProcess.Limits.DEFAULT.deathsMax(); i++) {
            CrdtEngine engine = process.open(ACTOR);
            signal("KILL");
            assertThrows(EngineLost.class, engine::heads);
        }
        assertThrows(EngineLost.class, () -> process.open(ACTOR));

        now = now.plus(RestartLimit.WINDOW);

        process.open(ACTOR).close();
    }

    @Test
    void aProcessThatTakesTooMuchAtItsWorkIsKilled() throws IOException {
        process.close();
        var told = new AtomicLong();
        var limits = new EngineProcess.Limits(Duration.ofMinutes(1), 512L << 20, 5, 1L << 30);
        process = new EngineProcess(limits, () -> now, _ -> OptionalLong.of(told.get()));
        CrdtEngine engine = process.open(ACTOR);
        // Stopped, it cannot answer before it is looked at.
        signal("STOP");
        told.set(2L << 30);

        EngineLost lost = assertThrows(EngineLost.class, engine::heads);

        assertEquals(EngineLost.Why.TOO_LARGE, lost.why());
        assertTrue(process.pid().isEmpty());
    }

    @Test
    void whereTheLibraryIsMissingThatIsSaidInWords() {
        process.close();
        String without =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> !entry.contains("automerge-"))
                        .collect(Collectors.joining(File.pathSeparator));
        process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> now, without);

        EngineLost lost = assertThrows(EngineLost.class, () -> process.open(ACTOR));

        assertEquals(EngineLost.Why.UNFIT, lost.why());
        assertTrue(String.valueOf(lost.getMessage()).contains("does not run here"));
        assertTrue(process.pid().isEmpty());
    }

    @Test
    void aChildThatRestsIsThereAgainWhenItIsNeeded() {
        CrdtEngine engine = process.open(ACTOR);

        process.rest();

        assertTrue(process.pid().isEmpty());
        assertThrows(EngineLost.class, engine::heads);
        process.open(ACTOR).close();
    }

    @Test
    void closingEndsTheChild() {
        CrdtEngine engine = process.open(ACTOR);
        long pid = process.pid().orElseThrow();

        process.close();

        assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
        assertThrows(EngineLost.class, engine::heads);
    }

    @Test
    void closingWaitsForNobodyThatHangs() throws Exception {
        CrdtEngine engine = process.open(ACTOR);
        signal("STOP");
        var asked = Thread.ofVirtual().start(() -> engine.apply(Bytes.EMPTY));

        process.close();

        asked.join();
        assertTrue(process.pid().isEmpty());
        assertThrows(EngineLost.class, () -> process.open(ACTOR));
    }

    @Test
    void rubbishIsMalformedAndHarmsNothing() {
        try (CrdtEngine engine = process.open(OTHER_ACTOR)) {
            assertInstanceOf(Applied.Malformed.class, engine.apply(Bytes.parseHex("00ff")));
            assertTrue(engine.heads().isEmpty());
        }
    }

    private void signal(String name) throws IOException {
        long pid = process.pid().orElseThrow();
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertEquals(0, kill.onExit().join().exitValue());
    }
}
