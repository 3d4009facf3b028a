package org.elohim.protocol.blob.replication;

import static org.elohim.protocol.blob.replication.Families.blob;
import static org.elohim.protocol.blob.replication.Families.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.elohim.protocol.erasure.ErasureCode;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Families of up to eight nodes that are killed, switched off, filled, wiped and given away, while
/// blobs are put and taken back. No more is destroyed than what was called durable has been
/// promised to survive, and then nothing of it may be lost.
class BlobReplicationSimulationTest {
    private static final ErasureCode CODE = ErasureCode.FOUR_AND_THREE;
    private static final int BLOBS = 4;
    private static final int ACTIONS = 400;
    private static final int REACHES = Reach.values().length;
    // So many are enough to look at.
    private static final int BROKEN_MAX = 5;

    @Test
    void nothingDurableIsLostAndAllComesToAnEnd() {
        long from = Long.getLong("sim.from", 0);
        long runs = Long.getLong("sim.runs", 300);
        var broken = new ArrayList<AssertionError>();
        for (long seed = from; seed < from + runs && broken.size() < BROKEN_MAX; seed++) {
            try {
                new Run(seed).play();
            } catch (AssertionError | RuntimeException failed) {
                broken.add(new AssertionError("seed " + seed, failed));
            }
        }
        var report = new AssertionError("broken: " + broken);
        broken.forEach(report::addSuppressed);
        if (!broken.isEmpty()) {
            throw report;
        }
    }

    private static final class Run {
        private final Random random;
        private final World world;
        private int joined;

        Run(long seed) {
            random = new Random(seed);
            joined = 1 + random.nextInt(8);
            world = new World(IntStream.range(0, joined).mapToObj(this::holder).toList());
        }

        private Holder holder(int index) {
            String house = "house " + (random.nextInt(4) == 0 ? 0 : index);
            return new Holder(node(index), house, 1 + random.nextLong(Families.TERABYTE));
        }

        void play() {
            for (int action = 0; action < ACTIONS; action++) {
                world.nowMillis += random.nextInt(120_000);
                if (random.nextInt(20) == 0) {
                    world.killAt(random.nextInt(4), random.nextBoolean());
                }
                World.survive(this::act);
                world.check();
                for (ContentHash blob : durable()) {
                    assertTrue(
                            world.onDisks(blob).isRebuildable(CODE),
                            () -> "lost: " + blob + " " + world.onDisks(blob));
                }
            }
            heal();
        }

        private void act() {
            Machine node = any();
            switch (random.nextInt(40)) {
                case 0 -> stopOrStart(node);
                case 1 -> node.hasRoom = random.nextInt(3) > 0;
                case 2, 3 -> put(node);
                case 4 -> abandon(node);
                case 5 -> destroy(node);
                case 6 -> {
                    if (world.nodes.size() < 8 && random.nextInt(3) == 0) {
                        world.join(holder(joined++));
                    }
                }
                case 7 -> world.nodes.values().forEach(Machine::sweep);
                case 8 -> damage(node);
                case 9 -> {
                    if (node.isUp()) {
                        node.hearOfLosses();
                    }
                }
                case 10 -> world.nowMillis += random.nextLong(Absence.AWAY_MILLIS);
                default -> work(node);
            }
        }

        private void work(Machine node) {
            List<ContentHash> known = List.copyOf(node.known());
            if (!known.isEmpty()) {
                ContentHash blob = known.get(random.nextInt(known.size()));
                node.workOn(blob, random.nextInt(8));
            }
        }

        private void stopOrStart(Machine node) {
            if (node.isUp()) {
                node.stop();
            } else {
                node.start();
            }
        }

        private void put(Machine node) {
            if (node.isUp() && node.hasRoom) {
                int number = random.nextInt(BLOBS);
                long size = number % 2 == 0 ? 100 : Families.LARGE;
                node.put(blob(number), size, Reach.ofCode(random.nextInt(REACHES)));
            }
        }

        private void abandon(Machine node) {
            List<ContentHash> known = List.copyOf(node.known());
            if (!known.isEmpty() && random.nextInt(3) == 0) {
                ContentHash blob = known.get(random.nextInt(known.size()));
                node.abandon(blob);
            }
        }

        private void destroy(Machine node) {
            if (world.nodes.size() < 2 || !isSpared()) {
                return;
            }
            if (random.nextBoolean() && node.isUp()) {
                node.wipe();
            } else {
                world.nodes.remove(node.id());
            }
        }

        private void damage(Machine node) {
            List<ContentHash> known = List.copyOf(node.known());
            if (known.isEmpty() || !isSpared()) {
                return;
            }
            ContentHash blob = known.get(random.nextInt(known.size()));
            List<Piece> pieces = List.copyOf(node.onDisk(blob));
            if (!pieces.isEmpty()) {
                // First, as it may be killed right after.
                world.nodes.values().stream()
                        .filter(other -> other != node)
                        .forEach(other -> other.mistrust(node.id()));
                node.damage(blob, pieces.get(random.nextInt(pieces.size())));
            }
        }

        // Whether all that was called durable may lose one more node by what was said.
        private boolean isSpared() {
            return durable().stream().allMatch(blob -> promised(blob) > 0)
                    && world.nodes.values().stream().noneMatch(Machine::isToHearOfLosses);
        }

        // Of all who rely on it the one that was promised least. Who is gone and not yet written
        // off
        // has used up some of it.
        private int promised(ContentHash blob) {
            return relying(blob)
                    .mapToInt(
                            state ->
                                    Math.min(
                                            state.promised(),
                                            state.copies()
                                                    .at(world.nodes::containsKey)
                                                    .losses(CODE)))
                    .min()
                    .orElse(0);
        }

        // What those know who want it, or who are left with it and have called it durable.
        private Stream<BlobReplication> relying(ContentHash blob) {
            return world.nodes.values().stream()
                    .filter(
                            each ->
                                    each.wants(blob)
                                            || (each.isLeftWith(blob)
                                                    && !world.abandoned.contains(blob)))
                    .map(each -> each.state(blob))
                    .filter(state -> state.promised() > 0);
        }

        private Set<ContentHash> durable() {
            return IntStream.range(0, BLOBS)
                    .mapToObj(Families::blob)
                    .filter(blob -> relying(blob).findAny().isPresent())
                    .collect(Collectors.toSet());
        }

        private Machine any() {
            return world.node(random.nextInt(world.nodes.size()));
        }

        private void heal() {
            world.killAt(-1, false);
            Set<ContentHash> durable = durable();
            for (Machine node : world.nodes.values()) {
                node.start();
                node.hasRoom = true;
            }
            world.nodes.values().forEach(Machine::hearOfLosses);
            world.nowMillis += 2 * Absence.AWAY_MILLIS;
            world.end();
            world.nodes.values().forEach(Machine::sweep);
            world.check();
            for (Machine node : world.nodes.values()) {
                for (ContentHash blob : node.known()) {
                    assertIsAtItsEnd(node, node.state(blob));
                }
            }
            for (ContentHash blob : durable) {
                assertTrue(world.onDisks(blob).isRebuildable(CODE), () -> "lost " + blob);
            }
        }

        // Whoever keeps it for a steward shows it to all to whom that one would.
        private void assertIsToldEverywhere(BlobReplication state) {
            state.copies().nodes().stream()
                    .flatMap(holder -> world.at(holder).stream())
                    .flatMap(holder -> holder.find(state.blob()).stream())
                    .forEach(
                            there ->
                                    assertTrue(
                                            there.reach().compareTo(state.reach()) >= 0,
                                            () -> there + " keeps it for " + state));
        }

        private void assertIsAtItsEnd(Machine node, BlobReplication state) {
            if (state.stewards().containsKey(node.id())) {
                assertIsToldEverywhere(state);
            }
            boolean isSafe =
                    world.nodes.size() == 1
                            || world.onDisks(state.blob()).losses(CODE)
                                    >= Strategy.losses(world.nodes.size());
            switch (state.stage()) {
                case ABANDONED -> fail("all were told: " + state);
                case ACCEPTED -> assertTrue(world.nodes.size() == 1, state::toString);
                case DURABLE -> {
                    assertTrue(isSafe, () -> "not safe: " + state);
                    assertEquals(List.of(), state.steps(world.sight(node)));
                }
                case ENCODED, PLACED -> fail("neither durable nor alone: " + state);
                case KEPT, LOST -> {}
            }
        }
    }
}
