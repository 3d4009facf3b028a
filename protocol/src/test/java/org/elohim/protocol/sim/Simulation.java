package org.elohim.protocol.sim;

import org.elohim.protocol.sim.Schedule.Event;
import org.elohim.protocol.sync.Output;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Plays worlds, and tells of one that fails what of its schedule it takes for that.
///
/// @param defect what becomes of the outputs of every session
record Simulation(UnaryOperator<List<Output>> defect) {
    private static final int QUIESCE_MILLIS = 500;
    private static final int PATIENCE_MILLIS = 60_000;

    // Enough for the hundred events of a schedule, few enough to wait for where each run is stuck.
    private static final int SHRINKING_RUNS_MAX = 200;

    static final Simulation HONEST = new Simulation(outputs -> outputs);

    /// A world that failed.
    ///
    /// @param schedule what is left of it when all is left out that is not needed
    record Failed(long seed, Failure.Kind kind, List<Event> schedule, RuntimeException why) {
        @Override
        public String toString() {
            return schedule.stream()
                    .map(event -> "  %5d ms  %s".formatted(event.atMillis(), event.what()))
                    .collect(
                            Collectors.joining(
                                    "\n",
                                    "seed %d is %s: %s\n".formatted(seed, kind, why.getMessage()),
                                    ""));
        }
    }

    /// How many edits there were.
    ///
    /// @throws Failure or whatever else goes wrong in the world
    long run(long seed) {
        return run(seed, Schedule.of(new World(seed, defect), seed));
    }

    private long run(long seed, List<Event> schedule) {
        var world = new World(seed, defect);
        Schedule.play(world, schedule);
        long waited = 0;
        while (!world.invariants.isQuiet()
                || !world.invariants.difference().isEmpty()
                || !world.invariants.unsafe().isEmpty()) {
            Failure.unless(
                    waited < PATIENCE_MILLIS,
                    world.invariants.isQuiet() && !world.invariants.difference().isEmpty()
                            ? Failure.Kind.DIVERGENT
                            : Failure.Kind.STUCK,
                    () ->
                            world.invariants.difference()
                                    + world.invariants.unsafe()
                                    + world.describe());
            world.run(QUIESCE_MILLIS);
            waited += QUIESCE_MILLIS;
        }
        world.invariants.finallyHolds();
        return world.invariants.edits();
    }

    /// Plays a seed that fails again and again, with ever less of its schedule.
    Failed shrink(long seed, RuntimeException why) {
        Failure.Kind kind = kind(why);
        List<Event> schedule = Schedule.of(new World(seed, defect), seed);
        List<Event> needed =
                shrink(
                        schedule,
                        part -> {
                            RuntimeException failure = failure(seed, part);
                            return failure != null && kind(failure) == kind;
                        });
        RuntimeException last = failure(seed, needed);
        return new Failed(seed, kind, needed, last == null ? why : last);
    }

    private @Nullable RuntimeException failure(long seed, List<Event> schedule) {
        try {
            run(seed, schedule);
            return null;
        } catch (RuntimeException failure) {
            return failure;
        }
    }

    /// An exception of the code that is simulated is a rule broken as well.
    static Failure.Kind kind(RuntimeException why) {
        return why instanceof Failure failure ? failure.kind : Failure.Kind.BROKEN;
    }

    /// A part of the list that still fails, from which no single element can be left out, unless
    /// the runs are used up before. Halves are tried first, then ever smaller pieces.
    static <T> List<T> shrink(List<T> list, Predicate<List<T>> fails) {
        List<T> left = list;
        int runs = 0;
        int piece = Math.max(1, left.size() / 2);
        boolean smaller = true;
        while (piece > 1 || smaller) {
            smaller = false;
            for (int from = 0; from < left.size() && runs < SHRINKING_RUNS_MAX; runs++) {
                List<T> rest = new ArrayList<>(left.subList(0, from));
                rest.addAll(left.subList(Math.min(from + piece, left.size()), left.size()));
                if (fails.test(rest)) {
                    left = rest;
                    smaller = true;
                } else {
                    from += piece;
                }
            }
            if (runs >= SHRINKING_RUNS_MAX) {
                break;
            }
            piece = Math.max(1, piece / 2);
        }
        return left;
    }
}
