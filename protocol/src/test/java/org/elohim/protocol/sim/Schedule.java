package org.elohim.protocol.sim;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// What is done to a world from outside, and when: the work that goes on, and what goes wrong.
///
/// Invariants: it names replicas, links and documents by number, so any part of it can be played in
/// a world of the same seed.
final class Schedule {
    private static final int FAULTS_MILLIS = 2_000;

    // Few, since each takes as long as some sixty others.
    private static final int LONG_FAULTS_MILLIS = 100_000;

    private final World world;
    private final Random random;
    private final int endMillis;
    private final List<Event> events = new ArrayList<>();

    /// Something that happens at a certain time.
    record Event(int atMillis, Happening what) {}

    /// What may happen.
    sealed interface Happening {
        record Edit(int replica, int document, int edits) implements Happening {}

        record Delete(int replica, int document) implements Happening {}

        record Restore(int replica, int document) implements Happening {}

        record Withdraw(int node, int document) implements Happening {}

        record Grant(int node, int document) implements Happening {}

        record Crash(int replica, int downMillis) implements Happening {}

        record BackUp(int replica) implements Happening {}

        /// The disk is that of the last backup from now on.
        record GoBack(int replica, int downMillis) implements Happening {}

        record Break(int link) implements Happening {}

        record Connect(int link) implements Happening {}

        record Cut(int link, boolean forth, boolean back, int millis) implements Happening {}

        /// Its connections lose, repeat and turn around messages for a while, and then break.
        record Garble(int link, int millis) implements Happening {}

        /// The process dies right before or right after one of its next fsyncs.
        record CrashAtDisk(int replica, int commits, boolean written, int downMillis)
                implements Happening {}

        record Heal() implements Happening {}
    }

    private Schedule(World world, long seed) {
        this.world = world;
        // Of its own, so that the world's chance does not depend on what is left of the schedule.
        this.random = new Random(~seed);
        this.endMillis = seed % 1_000 == 0 ? LONG_FAULTS_MILLIS : FAULTS_MILLIS;
    }

    static List<Event> of(World world, long seed) {
        var schedule = new Schedule(world, seed);
        schedule.work();
        if (schedule.oneIn(4)) {
            schedule.swizzle();
        }
        schedule.strike();
        if (schedule.oneIn(4)) {
            schedule.goBack();
        }
        if (schedule.oneIn(4)) {
            schedule.garble();
        }
        if (schedule.oneIn(2)) {
            schedule.crashAtDisk();
        }
        Collections.sort(schedule.events, java.util.Comparator.comparingInt(Event::atMillis));
        return schedule.events;
    }

    private void work() {
        for (int at = between(1, 60); at < endMillis; at += between(1, 60)) {
            int replica = random.nextInt(world.replicas.size());
            boolean all = world.replicas.get(replica).isNode;
            int shared = world.shared.size();
            int document = random.nextInt(all ? shared + world.nodesOnly.size() : shared);
            // Now and then a pile that outgrows every window and page.
            int edits = oneIn(2_000) ? 1_500 : between(1, 3);
            add(at, new Happening.Edit(replica, document, edits));
            switch (random.nextInt(24)) {
                case 0 -> add(at, new Happening.Delete(replica, document));
                case 1, 2 -> add(at, new Happening.Restore(replica, document));
                case 3 -> add(at, new Happening.Withdraw(anyNode(), random.nextInt(shared)));
                case 4, 5 -> add(at, new Happening.Grant(anyNode(), random.nextInt(shared)));
                default -> {}
            }
        }
    }

    private void strike() {
        for (int at = between(5, 300); at < endMillis; at += between(5, 300)) {
            int link = anyLink();
            switch (random.nextInt(8)) {
                // Sometimes back at once, so that the next crash meets it in the handshake.
                case 0, 1 -> {
                    int downMillis = oneIn(3) ? 1 : between(1, 1_000);
                    add(at, new Happening.Crash(random.nextInt(world.replicas.size()), downMillis));
                }
                case 2 -> add(at, new Happening.Break(link));
                case 3 -> add(at, new Happening.Connect(link));
                case 4 -> add(at, new Happening.Cut(link, true, true, between(10, 3_000)));
                case 5 -> {
                    boolean forth = random.nextBoolean();
                    add(at, new Happening.Cut(link, forth, !forth, between(10, 3_000)));
                }
                case 6 -> {
                    for (int each = 0; each < world.network.links().size(); each++) {
                        if (random.nextBoolean()) {
                            add(at, new Happening.Break(each));
                        }
                    }
                }
                default -> add(at, new Happening.Heal());
            }
        }
    }

    /// A disk is restored from a backup, once or twice from the same one.
    private void goBack() {
        int replica = random.nextInt(world.replicas.size());
        int at = between(1, endMillis / 2);
        add(at, new Happening.BackUp(replica));
        for (int times = between(1, 2); times > 0; times--) {
            at += between(1, endMillis / 2);
            add(at, new Happening.GoBack(replica, between(1, 500)));
        }
    }

    private void garble() {
        for (int times = between(1, 6); times > 0; times--) {
            add(between(1, endMillis), new Happening.Garble(anyLink(), between(10, endMillis / 2)));
        }
    }

    private void crashAtDisk() {
        int replica = random.nextInt(world.replicas.size());
        for (int times = between(1, 20); times > 0; times--) {
            add(
                    between(1, endMillis),
                    new Happening.CrashAtDisk(
                            replica, between(1, 5), random.nextBoolean(), between(1, 100)));
        }
    }

    /// Cuts links one after the other, and restores them in another order.
    private void swizzle() {
        int links = world.network.links().size();
        List<Integer> order = new ArrayList<>(IntStream.range(0, links).boxed().toList());
        Collections.shuffle(order, random);
        int[] cutAt = new int[links];
        int at = 0;
        for (int link : order) {
            at += between(10, 300);
            cutAt[link] = at;
        }
        Collections.shuffle(order, random);
        for (int link : order) {
            at += between(10, 300);
            add(cutAt[link], new Happening.Cut(link, true, false, at - cutAt[link]));
        }
    }

    private void add(int atMillis, Happening what) {
        events.add(new Event(atMillis, what));
    }

    // Nodes come before devices.
    private int anyNode() {
        return random.nextInt((int) world.replicas.stream().filter(each -> each.isNode).count());
    }

    private int anyLink() {
        return random.nextInt(world.network.links().size());
    }

    private int between(int from, int to) {
        return from + random.nextInt(to - from + 1);
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    static void play(World world, List<Event> events) {
        world.positionsSurvive =
                events.stream().anyMatch(event -> event.what() instanceof Happening.GoBack);
        events.forEach(event -> world.afterMillis(event.atMillis(), () -> play(world, event)));
        int end = events.isEmpty() ? 0 : events.getLast().atMillis();
        world.run(Math.max(FAULTS_MILLIS, end));
        world.network.unblockAll();
        world.replicas.forEach(Replica::start);
    }

    private static void play(World world, Event event) {
        Network network = world.network;
        switch (event.what()) {
            case Happening.Edit(int replica, int document, int edits) -> {
                for (int i = 0; i < edits; i++) {
                    world.replicas.get(replica).edit(world.document(document));
                }
            }
            case Happening.Delete(int replica, int document) ->
                    world.replicas.get(replica).live(world.document(document), false);
            case Happening.Restore(int replica, int document) ->
                    world.replicas.get(replica).live(world.document(document), true);
            case Happening.Withdraw(int node, int document) ->
                    world.replicas.get(node).changeReach(world.document(document), true);
            case Happening.Grant(int node, int document) ->
                    world.replicas.get(node).changeReach(world.document(document), false);
            case Happening.Crash(int number, int downMillis) -> {
                Replica replica = world.replicas.get(number);
                replica.crash();
                world.afterMillis(downMillis, replica::start);
            }
            case Happening.BackUp(int number) -> world.replicas.get(number).backUp();
            case Happening.GoBack(int number, int downMillis) -> {
                Replica replica = world.replicas.get(number);
                replica.goBack();
                world.afterMillis(downMillis, replica::start);
            }
            case Happening.Break(int link) -> network.breakLink(network.links().get(link));
            case Happening.Connect(int link) -> network.connect(network.links().get(link));
            case Happening.Cut(int link, boolean forth, boolean back, int millis) -> {
                Network.Link cut = network.links().get(link);
                if (forth) {
                    network.block(cut.a(), cut.b());
                    world.afterMillis(millis, () -> network.unblock(cut.a(), cut.b()));
                }
                if (back) {
                    network.block(cut.b(), cut.a());
                    world.afterMillis(millis, () -> network.unblock(cut.b(), cut.a()));
                }
            }
            case Happening.Garble(int link, int millis) ->
                    network.garble(network.links().get(link), millis);
            case Happening.CrashAtDisk(int number, int commits, boolean written, int downMillis) ->
                    world.replicas.get(number).crashAtDisk(commits, written, downMillis);
            case Happening.Heal() -> network.unblockAll();
        }
    }
}
