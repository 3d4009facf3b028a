package org.elohim.protocol.sim;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/// The simulator in large, from the command line: `--seed N --runs M`.
///
/// Invariants: the last line of the output is JSON; the exit status is 0 only where every seed
/// held.
public final class Simulate {
    private static final String USAGE =
            "Usage: ./elohim simulate [--seed N] [--runs M]\n\n"
                + "Plays M worlds of nodes and devices from seed N on (10000 from 1), and shrinks"
                + " the schedule of those that fail.";
    private static final long PROGRESS_SECONDS = 10;

    // Shrinking takes as long as hundreds of worlds; more of the same tell nothing new.
    private static final int SHRUNK_MAX = 5;

    private final long first;
    private final long runs;
    private final long startedNanos = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong edits = new AtomicLong();
    private final AtomicLong toldNanos = new AtomicLong(startedNanos);
    private final ConcurrentLinkedQueue<Failing> failing = new ConcurrentLinkedQueue<>();

    private record Failing(long seed, RuntimeException why) {}

    private Simulate(long first, long runs) {
        this.first = first;
        this.runs = runs;
    }

    public static void main(String[] arguments) {
        long first = 1;
        long runs = 10_000;
        for (int i = 0; i < arguments.length; i += 2) {
            String flag = arguments[i];
            if (flag.equals("--help")) {
                System.out.println(USAGE);
                return;
            }
            try {
                long value = Long.parseLong(i + 1 < arguments.length ? arguments[i + 1] : "");
                switch (flag) {
                    case "--seed" -> first = value;
                    case "--runs" -> runs = value;
                    default -> throw new NumberFormatException(flag);
                }
            } catch (NumberFormatException wrong) {
                System.err.println("elohim: simulate does not take: " + flag + "\n" + USAGE);
                System.exit(2);
            }
        }
        if (runs < 1) {
            System.err.println("elohim: --runs " + runs + " is none: 1 or more is allowed");
            System.exit(2);
        }
        System.exit(new Simulate(first, runs).run() ? 0 : 1);
    }

    private boolean run() {
        LongStream.range(first, first + runs).parallel().forEach(this::play);
        double seconds = seconds(System.nanoTime() - startedNanos);
        Map<Failure.Kind, Long> counts = new EnumMap<>(Failure.Kind.class);
        failing.forEach(each -> counts.merge(Simulation.kind(each.why()), 1L, Long::sum));
        List<Failing> shown = failing.stream().limit(SHRUNK_MAX).toList();
        shown.forEach(
                each -> System.err.println(Simulation.HONEST.shrink(each.seed(), each.why())));
        System.out.printf(
                Locale.ROOT,
                "{\"runs\": %d, \"first_seed\": %d, \"last_seed\": %d, \"edits\": %d, \"stuck\":"
                        + " %d, \"divergent\": %d, \"lost\": %d, \"broken\": %d, \"seconds\": %.1f,"
                        + " \"seeds_per_second\": %.1f}%n",
                runs,
                first,
                first + runs - 1,
                edits.get(),
                counts.getOrDefault(Failure.Kind.STUCK, 0L),
                counts.getOrDefault(Failure.Kind.DIVERGENT, 0L),
                counts.getOrDefault(Failure.Kind.LOST, 0L),
                counts.getOrDefault(Failure.Kind.BROKEN, 0L),
                seconds,
                runs / seconds);
        return failing.isEmpty();
    }

    private void play(long seed) {
        try {
            edits.addAndGet(Simulation.HONEST.run(seed));
        } catch (RuntimeException why) {
            String reason = String.valueOf(why.getMessage()).lines().findFirst().orElse("");
            System.err.println("seed " + seed + " is " + Simulation.kind(why) + ": " + reason);
            failing.add(new Failing(seed, why));
        }
        long count = done.incrementAndGet();
        long now = System.nanoTime();
        long told = toldNanos.get();
        if (now - told >= TimeUnit.SECONDS.toNanos(PROGRESS_SECONDS)
                && toldNanos.compareAndSet(told, now)) {
            System.err.printf(
                    Locale.ROOT,
                    "%d of %d seeds, %d failed, %.0f a second%n",
                    count,
                    runs,
                    failing.size(),
                    count / seconds(now - startedNanos));
        }
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }
}
