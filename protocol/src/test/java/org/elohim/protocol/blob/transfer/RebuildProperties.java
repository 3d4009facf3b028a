package org.elohim.protocol.blob.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.UniqueElements;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.blob.transfer.Rebuild.Finding;
import org.elohim.protocol.blob.transfer.Rebuild.Source;
import org.elohim.protocol.blob.transfer.Rebuild.Step;
import org.elohim.protocol.id.NodeId;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// Rebuilds out of shards of which some are wrong, one world of sources after the other.
class RebuildProperties {
    static final int SHARDS = 7;
    static final int NEEDED = 4;
    private static final int STRIPES = 6;

    private enum Nature {
        GOOD,
        /// Its blocks have their checks, and are others.
        WRONG,
        /// One of its blocks has not.
        ILL_FORMED,
        /// It brings no more from some stripe on.
        BREAKS
    }

    private record Member(Nature nature, int stripe) {}

    /// Reads as a decoder does, and finds out what a hash of each shard would tell.
    private static final class World {
        final Map<Source, Member> members = new HashMap<>();
        final Set<Source> wrong = new HashSet<>();
        int rounds;

        Map<Integer, List<NodeId>> sources() {
            Map<Integer, List<NodeId>> sources = new TreeMap<>();
            members.keySet().stream()
                    .sorted((a, b) -> a.node().compareTo(b.node()))
                    .forEach(
                            each ->
                                    sources.computeIfAbsent(each.shard(), _ -> new ArrayList<>())
                                            .add(each.node()));
            return sources;
        }

        boolean isRebuilt() {
            var rebuild = new Rebuild(NEEDED, sources());
            Step step = rebuild.begin();
            while (step instanceof Step.Make(var sources)) {
                rounds++;
                assertTrue(rounds <= Rebuild.ROUNDS_MAX, "rounds=" + rounds);
                Map<Source, Finding> findings = new HashMap<>();
                if (make(sources, findings)) {
                    return true;
                }
                Rebuild.Next next = rebuild.failed(findings, "it is another one");
                next.wrong().forEach(each -> assertTrue(isWrong(each), "who is told is wrong"));
                wrong.addAll(next.wrong());
                step = next.step();
            }
            return false;
        }

        private boolean isWrong(Source source) {
            Nature nature = nature(source);
            return nature == Nature.WRONG || nature == Nature.ILL_FORMED;
        }

        private Nature nature(Source source) {
            return member(source).nature();
        }

        private Member member(Source source) {
            return Objects.requireNonNull(members.get(source));
        }

        private boolean make(Map<Integer, List<NodeId>> sources, Map<Source, Finding> findings) {
            Map<Integer, Deque<NodeId>> left = new HashMap<>();
            Map<Integer, List<Source>> read = new HashMap<>();
            sources.forEach((shard, nodes) -> left.put(shard, new ArrayDeque<>(nodes)));
            boolean isRight = true;
            boolean isWhole = true;
            for (int stripe = 0; stripe < STRIPES && isWhole; stripe++) {
                Set<Integer> good = new HashSet<>();
                for (int shard : sources.keySet()) {
                    if (good.size() == NEEDED) {
                        break;
                    }
                    Optional<Source> found = read(shard, stripe, left, findings);
                    if (found.isEmpty()) {
                        continue;
                    }
                    Source source = found.get();
                    read.computeIfAbsent(shard, _ -> new ArrayList<>()).add(source);
                    Member member = member(source);
                    if (member.nature() == Nature.ILL_FORMED && member.stripe() == stripe) {
                        continue;
                    }
                    isRight &= member.nature() != Nature.WRONG;
                    good.add(shard);
                }
                isWhole = good.size() == NEEDED;
                if (!isWhole) {
                    read.forEach(
                            (shard, blocks) -> {
                                if (!good.contains(shard)) {
                                    findings.put(blocks.getLast(), Finding.BROKEN);
                                }
                            });
                }
            }
            read.forEach((shard, blocks) -> judge(blocks, findings));
            return isWhole && isRight;
        }

        private Optional<Source> read(
                int shard,
                int stripe,
                Map<Integer, Deque<NodeId>> left,
                Map<Source, Finding> findings) {
            Deque<NodeId> nodes = left.getOrDefault(shard, new ArrayDeque<>());
            while (!nodes.isEmpty()) {
                var source = new Source(shard, nodes.element());
                assertFalse(wrong.contains(source), "asked once more: " + source);
                Member member = member(source);
                if (member.nature() != Nature.BREAKS || stripe < member.stripe()) {
                    return Optional.of(source);
                }
                findings.put(source, Finding.BROKEN);
                nodes.remove();
            }
            return Optional.empty();
        }

        private void judge(List<Source> blocks, Map<Source, Finding> findings) {
            Source last = blocks.getLast();
            boolean isAll = blocks.size() == STRIPES && Set.copyOf(blocks).size() == 1;
            Finding finding =
                    !isAll ? Finding.PARTLY : isWrong(last) ? Finding.WRONG : Finding.RIGHT;
            findings.putIfAbsent(last, finding);
        }
    }

    private static NodeId node(int number) {
        byte[] key = new byte[NodeId.KEY_BYTES];
        key[0] = (byte) number;
        return new NodeId(Bytes.copyOf(key));
    }

    @Property
    void anyWrongShardsThatLeaveFourGoodOnesAreLeftOut(
            @ForAll @Size(max = SHARDS - NEEDED) @UniqueElements
                    List<@IntRange(max = SHARDS - 1) Integer> wrong) {
        var world = new World();
        for (int shard = 0; shard < SHARDS; shard++) {
            Nature nature = wrong.contains(shard) ? Nature.WRONG : Nature.GOOD;
            world.members.put(new Source(shard, node(shard)), new Member(nature, 0));
        }

        assertTrue(world.isRebuilt());
        assertTrue(world.rounds <= 1 + wrong.size(), "rounds=" + world.rounds);
        assertTrue(
                wrong.stream().anyMatch(shard -> shard < NEEDED) || world.rounds == 1,
                "what is not read disturbs nobody");
    }

    @Property
    void withFourGoodOnesItIsMadeWhateverFewOthersDo(
            @ForAll long seed, @ForAll @IntRange(max = Rebuild.ROUNDS_MAX - 1) int others) {
        var random = new Random(seed);
        var world = new World();
        List<Integer> shards = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6));
        Collections.shuffle(shards, random);
        for (int shard : shards.subList(0, NEEDED)) {
            world.members.put(
                    new Source(shard, node(random.nextInt(100))), new Member(Nature.GOOD, 0));
        }
        for (int i = 0; i < others; i++) {
            world.members.putIfAbsent(
                    new Source(random.nextInt(SHARDS), node(random.nextInt(100))),
                    new Member(
                            Nature.values()[random.nextInt(Nature.values().length)],
                            random.nextInt(STRIPES)));
        }

        assertTrue(world.isRebuilt());
    }

    @Property
    void withTooFewGoodOnesItComesToAnEnd(@ForAll long seed) {
        var random = new Random(seed);
        var world = new World();
        for (int shard = 0; shard < SHARDS; shard++) {
            for (int i = 0; i <= random.nextInt(3); i++) {
                boolean isGood = shard < NEEDED - 1;
                world.members.put(
                        new Source(shard, node(random.nextInt(100))),
                        new Member(isGood ? Nature.GOOD : Nature.WRONG, 0));
            }
        }

        assertFalse(world.isRebuilt());
        assertFalse(world.wrong.isEmpty());
    }

    @Example
    void whereAllShardsAreThoseOfTheManifestNobodyIsBlamed() {
        var rebuild = new Rebuild(1, Map.of(0, List.of(node(1))));
        assertInstanceOf(Step.Make.class, rebuild.begin());

        Rebuild.Next next =
                rebuild.failed(Map.of(new Source(0, node(1)), Finding.RIGHT), "another one");

        assertEquals(new Rebuild.Next(new Step.GiveUp("another one"), List.of()), next);
    }

    @Example
    void whoWasRightComesFirst() {
        var rebuild = new Rebuild(1, Map.of(0, List.of(node(1)), 1, List.of(node(2), node(3))));
        assertInstanceOf(Step.Make.class, rebuild.begin());

        Rebuild.Next next =
                rebuild.failed(
                        Map.of(
                                new Source(0, node(1)), Finding.PARTLY,
                                new Source(1, node(2)), Finding.WRONG,
                                new Source(1, node(3)), Finding.RIGHT),
                        "another one");

        var make = assertInstanceOf(Step.Make.class, next.step());
        assertEquals(List.of(1, 0), List.copyOf(make.sources().keySet()));
        assertEquals(List.of(new Source(1, node(2))), next.wrong());
    }
}
