package org.elohim.tests.faults;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/// Who takes part in a run, what they write, and what is done to them when. All of it follows from
/// the seed.
///
/// Invariants: every step is possible where the steps before it were carried out, in this order;
/// the first node is there all the time, though not always running.
///
/// @param latencyMillis what a line between two nodes takes in one direction; 0 for none
/// @param lostAfterMillis how long a node may be lost before the others give it up
/// @param late how many of the nodes come later, the last ones
/// @param changesPerSecond of all devices together
/// @param faultMillis how long there are faults
public record Schedule(
        long seed,
        int latencyMillis,
        long lostAfterMillis,
        int nodes,
        int late,
        int devices,
        int documents,
        int changesPerSecond,
        long faultMillis,
        List<Step> steps) {
    private static final long FAULTS_MILLIS_MIN = 8_000;
    private static final long FAULTS_MILLIS_MAX = 16_000;
    private static final long OFF_MILLIS_MAX = 10_000;
    private static final int LATENCY_MILLIS_MAX = 150;
    private static final long LOST_AFTER_MILLIS = 600_000;
    // So short that a cut of some seconds ends in two clusters.
    private static final long LOST_SOON_MILLIS_MAX = 3_000;
    private static final long DAY_SECONDS = 86_400;

    public Schedule {
        steps = List.copyOf(steps);
    }

    /// Something that is done at a time after the beginning.
    public record Step(long atMillis, Action action) {}

    public static Schedule of(long seed) {
        return new Making(seed).make();
    }

    /// For a person who looks into a run that failed.
    public String words() {
        var words = new StringBuilder();
        words.append(
                "seed %d: %d nodes (%d later), %d ms apart, given up after %d ms, %d devices, %d documents, %d changes a second, %d ms%n"
                        .formatted(
                                seed,
                                nodes,
                                late,
                                latencyMillis,
                                lostAfterMillis,
                                devices,
                                documents,
                                changesPerSecond,
                                faultMillis));
        for (Step step : steps) {
            words.append("  %6d %s%n".formatted(step.atMillis(), step.action()));
        }
        return words.toString();
    }

    private static final class Making {
        private final long seed;
        private final SplittableRandom random;
        private final List<Step> steps = new ArrayList<>();
        private final int nodes;
        private final int devices;
        private final long end;

        Making(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.nodes = random.nextInt(2, 5);
            this.devices = random.nextInt(2, 7);
            this.end = random.nextLong(FAULTS_MILLIS_MIN, FAULTS_MILLIS_MAX);
        }

        Schedule make() {
            int late = nodes > 2 && chance(30) ? 1 : 0;
            int documents = random.nextInt(1, 7);
            int changesPerSecond = random.nextInt(10, 51);
            // At least one kind of fault, and seldom all of them.
            boolean wires = chance(70);
            boolean lives = !wires || chance(70);
            if (wires) {
                wires();
            }
            for (int node = 0; node < nodes; node++) {
                if (node >= nodes - late) {
                    live(node, random.nextLong(end / 4, end * 3 / 4), false);
                } else if (lives && chance(60)) {
                    live(node, 0, true);
                }
                if (chance(10)) {
                    narrow(node);
                }
            }
            for (int device = 0; device < devices; device++) {
                if (chance(60)) {
                    travels(device);
                }
            }
            steps.sort(Comparator.comparingLong(Step::atMillis));
            int latencyMillis = chance(20) ? random.nextInt(5, LATENCY_MILLIS_MAX) : 0;
            long lostAfterMillis =
                    chance(40) ? random.nextLong(1_000, LOST_SOON_MILLIS_MAX) : LOST_AFTER_MILLIS;
            return new Schedule(
                    seed,
                    latencyMillis,
                    lostAfterMillis,
                    nodes,
                    late,
                    devices,
                    documents,
                    changesPerSecond,
                    end,
                    steps);
        }

        private boolean chance(int percent) {
            return random.nextInt(100) < percent;
        }

        private void at(long millis, Action action) {
            steps.add(new Step(millis, action));
        }

        private long soon() {
            return random.nextLong(1, OFF_MILLIS_MAX / 2);
        }

        // One after the other: each of them leaves all wires whole.
        private void wires() {
            long now = soon() / 2;
            while (now < end) {
                now =
                        switch (random.nextInt(5)) {
                            case 0 -> isolation(now);
                            case 1 -> swizzle(now);
                            case 2 -> flapping(now);
                            case 3 -> leaderIsolation(now);
                            default -> partition(now);
                        };
                now += soon();
            }
        }

        private enum Way {
            IN,
            OUT,
            BOTH
        }

        private Way way() {
            return Way.values()[random.nextInt(Way.values().length)];
        }

        // Between the nodes of one side and those of the other.
        private long partition(long from) {
            long until = from + random.nextLong(1, OFF_MILLIS_MAX);
            // Neither none nor all of them.
            int side = random.nextInt(1, (1 << nodes) - 1);
            Way way = way();
            for (int one = 0; one < nodes; one++) {
                for (int other = 0; other < nodes; other++) {
                    if ((side >> one & 1) == 1 && (side >> other & 1) == 0) {
                        cut(one, other, way, from, until);
                    }
                }
            }
            return until;
        }

        private long isolation(long from) {
            long until = from + random.nextLong(1, OFF_MILLIS_MAX);
            int alone = random.nextInt(nodes);
            Way way = way();
            for (int other = 0; other < nodes; other++) {
                if (other != alone) {
                    cut(alone, other, way, from, until);
                }
            }
            return until;
        }

        private long leaderIsolation(long from) {
            long until = from + random.nextLong(1, OFF_MILLIS_MAX);
            at(from, new Action.CutLeader());
            at(until, new Action.HealLeader());
            return until;
        }

        // One by one, and back in another order.
        private long swizzle(long from) {
            List<Integer> cutting = shuffled();
            List<Integer> healing = shuffled();
            long gap = random.nextLong(50, 700);
            long middle = from + gap * nodes + soon() / 2;
            long now = from;
            for (int next = 0; next < nodes; next++) {
                int node = cutting.get(next);
                for (int other = 0; other < nodes; other++) {
                    if (other != node) {
                        at(now, new Action.Cut(other, node));
                        at(middle + gap * healing.indexOf(node), new Action.Heal(other, node));
                    }
                }
                now += gap;
            }
            return middle + gap * nodes;
        }

        private long flapping(long from) {
            int one = random.nextInt(nodes);
            int other = (one + random.nextInt(1, nodes)) % nodes;
            long now = from;
            for (int times = random.nextInt(3, 12); times > 0; times--) {
                long until = now + random.nextLong(5, 600);
                cut(one, other, way(), now, until);
                now = until + random.nextLong(5, 600);
            }
            return now;
        }

        private void cut(int one, int other, Way way, long from, long until) {
            if (way != Way.OUT) {
                at(from, new Action.Cut(other, one));
                at(until, new Action.Heal(other, one));
            }
            if (way != Way.IN) {
                at(from, new Action.Cut(one, other));
                at(until, new Action.Heal(one, other));
            }
        }

        private List<Integer> shuffled() {
            List<Integer> all = new ArrayList<>();
            for (int node = 0; node < nodes; node++) {
                all.add(random.nextInt(all.size() + 1), node);
            }
            return all;
        }

        // One fault after the other; in between it runs.
        private void live(int node, long from, boolean running) {
            long now = from;
            if (running) {
                now += soon();
            } else {
                now = started(now, node);
            }
            while (now < end) {
                switch (random.nextInt(13)) {
                    case 0, 1, 2 -> {
                        at(now, new Action.Kill(node));
                        now = started(now + random.nextLong(1, OFF_MILLIS_MAX / 2), node);
                    }
                    case 3 -> {
                        at(now, new Action.Stop(node));
                        now = started(now + random.nextLong(1, 2_000), node);
                    }
                    case 4 -> {
                        at(now, new Action.Kill(node));
                        setClock(now, node);
                        now = started(now + random.nextLong(1, 1_000), node);
                    }
                    case 5 -> {
                        // With the first node's disk gone too, nothing would be left of the family.
                        at(now, new Action.Kill(node));
                        if (node > 0) {
                            at(now, new Action.Wipe(node));
                        }
                        now = started(now + random.nextLong(1, 3_000), node);
                    }
                    case 6 -> {
                        if (node > 1) {
                            at(now, new Action.Kill(node));
                            at(now, new Action.Retire(node));
                            if (chance(60)) {
                                at(now + soon(), new Action.Remove(node));
                            }
                            return;
                        }
                    }
                    case 7 -> {
                        if (node > 0) {
                            at(now, new Action.Leave(node));
                            now += soon();
                            at(now, new Action.Kill(node));
                            if (chance(50)) {
                                at(now, new Action.Retire(node));
                                return;
                            }
                            at(now, new Action.Wipe(node));
                            now = started(now + random.nextLong(1, 3_000), node);
                        }
                    }
                    case 8 -> setClock(now, node);
                    case 9 -> {
                        at(now, new Action.StopClock(node));
                        now += soon();
                        setClock(now, node);
                    }
                    default -> {
                        at(now, new Action.Pause(node));
                        now += random.nextLong(50, OFF_MILLIS_MAX);
                        at(now, new Action.Resume(node));
                    }
                }
                now += soon();
            }
        }

        private void setClock(long now, int node) {
            long days = random.nextLong(-3 * DAY_SECONDS, 3 * DAY_SECONDS);
            at(now, new Action.SetClock(node, chance(50) ? days : days / 1_440));
        }

        // Some starts are killed: at once, or in the middle of whatever a node does first.
        private long started(long from, int node) {
            long now = from;
            while (chance(25)) {
                at(now, new Action.Start(node));
                now += chance(40) ? 1 : random.nextLong(200, 4_000);
                at(now, new Action.Kill(node));
                now += random.nextLong(1, 500);
            }
            at(now, new Action.Start(node));
            return now;
        }

        private void narrow(int node) {
            long from = soon();
            at(from, new Action.Limit(node, random.nextInt(200, 5_000)));
            at(from + random.nextLong(1_000, OFF_MILLIS_MAX), new Action.Unlimit(node));
        }

        private void travels(int device) {
            long now = soon();
            while (now < end) {
                switch (random.nextInt(4)) {
                    case 0 -> at(now, new Action.Move(device, random.nextInt(nodes)));
                    case 1 -> at(now, new Action.Reset(device));
                    case 2 ->
                            at(
                                    now,
                                    new Action.Line(
                                            device,
                                            random.nextLong(0, 300),
                                            random.nextLong(0, 50),
                                            random.nextInt(0, 9),
                                            true,
                                            true));
                    default -> {
                        Way way = way();
                        at(now, new Action.Line(device, 0, 0, 0, way == Way.OUT, way == Way.IN));
                        now += random.nextLong(1, OFF_MILLIS_MAX);
                        at(now, new Action.Line(device, 0, 0, 0, true, true));
                    }
                }
                now += soon();
            }
        }
    }
}
