package org.elohim.tests.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Many runs with real processes, from the command line: `--runs N --seed S --parallel P`.
///
/// Invariants: the last line of the output is JSON; the exit status is 0 only where every run was
/// good; what a bad run left is kept.
public final class FaultRuns {
    private static final String USAGE =
            "Usage: ./elohim test --faults [--runs N] [--seed S] [--parallel P] [--bound"
                + " SECONDS]\n\n"
                + "Plays N schedules of faults (10 from seed 1) with families of real nodes, P at a"
                + " time (2). All that was written must be everywhere SECONDS (60) after the last"
                + " fault is healed.";

    private final long first;
    private final long runs;
    private final int parallel;
    private final Duration bound;
    private final Path scratch;
    private final AtomicLong next = new AtomicLong();
    private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    private final Queue<Long> failed = new ConcurrentLinkedQueue<>();

    FaultRuns(long first, long runs, int parallel, Duration bound, Path scratch) {
        this.first = first;
        this.runs = runs;
        this.parallel = parallel;
        this.bound = bound;
        this.scratch = scratch;
    }

    public static void main(String[] arguments) throws Exception {
        long first = 1;
        long runs = 10;
        int parallel = 2;
        long bound = 60;
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
                    case "--runs" -> runs = positive(value);
                    case "--parallel" -> parallel = Math.toIntExact(positive(value));
                    case "--bound" -> bound = positive(value);
                    default -> throw new NumberFormatException(flag);
                }
            } catch (ArithmeticException | NumberFormatException wrong) {
                String given = i + 1 < arguments.length ? flag + " " + arguments[i + 1] : flag;
                System.err.println("elohim: test --faults does not take: " + given + "\n" + USAGE);
                System.exit(2);
            }
        }
        Path scratch = Path.of(System.getProperty("elohim.scratch", "target"));
        var all = new FaultRuns(first, runs, parallel, Duration.ofSeconds(bound), scratch);
        System.exit(all.play() ? 0 : 1);
    }

    private static long positive(long value) {
        if (value < 1) {
            throw new NumberFormatException("value=" + value);
        }
        return value;
    }

    /// Whether all were good.
    boolean play() throws InterruptedException {
        long began = System.nanoTime();
        try (var players = Executors.newFixedThreadPool(parallel)) {
            for (int i = 0; i < parallel; i++) {
                players.execute(this::playOn);
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.println(json(seconds));
        return outcomes.size() == runs
                && outcomes.stream().allMatch(each -> each.verdict().isGood());
    }

    List<Outcome> outcomes() {
        return List.copyOf(outcomes);
    }

    private void playOn() {
        for (long i = next.getAndIncrement(); i < runs; i = next.getAndIncrement()) {
            long seed = first + i;
            try {
                Outcome outcome = play(seed);
                outcomes.add(outcome);
                tell(outcome);
            } catch (RuntimeException | AssertionError | IOException | InterruptedException bug) {
                failed.add(seed);
                System.err.println("seed " + seed + " could not be played:");
                bug.printStackTrace();
            }
        }
    }

    private Outcome play(long seed) throws IOException, InterruptedException {
        Path folder = scratch.resolve("seed-" + seed).toAbsolutePath();
        delete(folder);
        Files.createDirectories(folder);
        Schedule schedule = Schedule.of(seed);
        try (var run = new FaultRun(schedule, folder, bound)) {
            FaultRun.Judgement judged;
            try {
                judged = run.play();
            } catch (RuntimeException | AssertionError | InterruptedException bug) {
                Files.writeString(folder.resolve("run.txt"), run.words());
                throw bug;
            }
            History history = judged.history();
            var outcome =
                    new Outcome(
                            seed,
                            history.verdict(),
                            history.writes().size(),
                            history.promises().size(),
                            schedule.steps().size(),
                            judged.levelMillis(),
                            folder);
            if (!outcome.verdict().isGood()) {
                String verdict = String.join("\n", outcome.verdict().words());
                Files.writeString(folder.resolve("run.txt"), verdict + "\n" + run.words());
                return outcome;
            }
            return outcome;
        } finally {
            if (!Files.exists(folder.resolve("run.txt"))) {
                delete(folder);
            }
        }
    }

    private static void tell(Outcome outcome) {
        System.err.printf(
                Locale.ROOT,
                "seed %d: %s; %d changes, %d steps, level %.1f s after the heal%n",
                outcome.seed(),
                outcome.verdict().isGood() ? "good" : "BAD, see " + outcome.logs(),
                outcome.writes(),
                outcome.steps(),
                outcome.levelMillis() / 1e3);
        outcome.verdict().words().stream()
                .limit(5)
                .forEach(each -> System.err.println("  " + each.lines().findFirst().orElse("")));
    }

    private String json(double seconds) {
        List<Long> level = outcomes.stream().map(Outcome::levelMillis).sorted().toList();
        return String.format(
                Locale.ROOT,
                "{\"runs\": %d, \"first_seed\": %d, \"last_seed\": %d, \"good\": %d, \"lost\": %d,"
                    + " \"divergent\": %d, \"stuck\": %d, \"refused\": %d, \"broken\": %d,"
                    + " \"not_played\": %d, \"bad_seeds\": %s, \"changes\": %d, \"promises\": %d,"
                    + " \"steps\": %d, \"level_ms_p50\": %d, \"level_ms_max\": %d, \"seconds\":"
                    + " %.1f}",
                runs,
                first,
                first + runs - 1,
                count(History.Verdict::isGood),
                count(verdict -> !verdict.lost().isEmpty()),
                count(verdict -> !verdict.divergent().isEmpty()),
                count(verdict -> !verdict.stuck().isEmpty()),
                count(verdict -> !verdict.refused().isEmpty()),
                count(verdict -> !verdict.broken().isEmpty()),
                runs - outcomes.size(),
                Stream.concat(
                                failed.stream(),
                                outcomes.stream()
                                        .filter(each -> !each.verdict().isGood())
                                        .map(Outcome::seed))
                        .sorted()
                        .toList(),
                outcomes.stream().mapToLong(Outcome::writes).sum(),
                outcomes.stream().mapToLong(Outcome::promises).sum(),
                outcomes.stream().mapToLong(Outcome::steps).sum(),
                level.isEmpty() ? 0 : level.get(level.size() / 2),
                level.isEmpty() ? 0 : level.getLast(),
                seconds);
    }

    private long count(java.util.function.Predicate<History.Verdict> which) {
        return outcomes.stream().map(Outcome::verdict).filter(which).count();
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
