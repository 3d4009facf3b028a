package org.elohim.tests.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/// What may be in a schedule, and that all of it is.
class ScheduleTest {
    private static final List<Schedule> MANY =
            LongStream.rangeClosed(1, 1_000).mapToObj(Schedule::of).toList();

    @Test
    void aSeedIsAlwaysTheSameSchedule() {
        assertEquals(Schedule.of(7), Schedule.of(7));
        assertFalse(Schedule.of(7).equals(Schedule.of(8)));
    }

    @Test
    void everyKindOfFaultIsPlayed() {
        Set<Class<?>> played = new HashSet<>();
        MANY.forEach(
                schedule -> schedule.steps().forEach(step -> played.add(step.action().getClass())));
        assertEquals(Set.of(Action.class.getPermittedSubclasses()), played);
        assertTrue(MANY.stream().allMatch(schedule -> schedule.nodes() >= 2));
        assertTrue(MANY.stream().anyMatch(schedule -> schedule.nodes() == 4));
        assertTrue(MANY.stream().anyMatch(schedule -> schedule.late() > 0));
        assertTrue(MANY.stream().anyMatch(schedule -> schedule.lostAfterMillis() < 3_000));
        assertTrue(MANY.stream().anyMatch(schedule -> schedule.latencyMillis() > 0));
    }

    @Test
    void stepsAreInTheirOrderAndPossible() {
        MANY.forEach(ScheduleTest::checkThatItIsPossible);
    }

    private enum Life {
        OFF,
        ON,
        HELD,
        GONE
    }

    private static void checkThatItIsPossible(Schedule schedule) {
        Life[] lives = new Life[schedule.nodes()];
        for (int node = 0; node < lives.length; node++) {
            lives[node] = node < schedule.nodes() - schedule.late() ? Life.ON : Life.OFF;
        }
        long before = 0;
        for (Schedule.Step step : schedule.steps()) {
            assertTrue(step.atMillis() >= before, schedule::words);
            before = step.atMillis();
            switch (step.action()) {
                case Action.Kill(int node) -> change(schedule, lives, node, Life.ON, Life.OFF);
                case Action.Stop(int node) -> change(schedule, lives, node, Life.ON, Life.OFF);
                case Action.Start(int node) -> change(schedule, lives, node, Life.OFF, Life.ON);
                case Action.Pause(int node) -> change(schedule, lives, node, Life.ON, Life.HELD);
                case Action.Resume(int node) -> change(schedule, lives, node, Life.HELD, Life.ON);
                case Action.Wipe(int node) -> change(schedule, lives, node, Life.OFF, Life.OFF);
                case Action.Leave(int node) -> change(schedule, lives, node, Life.ON, Life.ON);
                case Action.SetClock(int node, long _) ->
                        assertTrue(lives[node] != Life.GONE, schedule::words);
                case Action.StopClock(int node) -> change(schedule, lives, node, Life.ON, Life.ON);
                case Action.Retire(int node) -> change(schedule, lives, node, Life.OFF, Life.GONE);
                case Action.Remove(int node) -> change(schedule, lives, node, Life.GONE, Life.GONE);
                case Action.CutLeader(), Action.HealLeader() -> {}
                case Action.Cut(int from, int to) -> assertTrue(from != to, schedule::words);
                case Action.Heal(int from, int to) -> assertTrue(from != to, schedule::words);
                case Action.Limit _, Action.Unlimit _ -> {}
                case Action.Move(int device, int _) -> checkDevice(schedule, device);
                case Action.Reset(int device) -> checkDevice(schedule, device);
                case Action.Line line -> checkDevice(schedule, line.device());
            }
        }
        assertTrue(lives[0] != Life.GONE, schedule::words);
    }

    private static void checkDevice(Schedule schedule, int device) {
        assertTrue(device >= 0 && device < schedule.devices(), schedule::words);
    }

    private static void change(Schedule schedule, Life[] lives, int node, Life from, Life to) {
        assertEquals(from, lives[node], schedule::words);
        lives[node] = to;
    }
}
