package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

class ChangeGraphProperties {
    private static final int TRIES = 300;

    /// Delivers a history shuffled, with repetitions, in batches of any size, until all is in.
    private static ChangeGraph delivered(History history, Random random, boolean keepOrphans) {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        long sequence = 0;
        while (graph.size() < history.changes.size()) {
            List<ChangeChunk> rest = new ArrayList<>(history.changes.values());
            rest.addAll(rest.subList(0, rest.size() / 3));
            Collections.shuffle(rest, random);
            while (!rest.isEmpty()) {
                var batch = rest.subList(0, 1 + random.nextInt(Math.min(9, rest.size())));
                sequence = deliver(graph, batch, sequence, keepOrphans);
                batch.clear();
                graph.checkInvariants();
            }
        }
        return graph;
    }

    private static long deliver(
            ChangeGraph graph, List<ChangeChunk> batch, long sequence, boolean keepOrphans) {
        ContentHash before = graph.headsDigest();
        Decision decision = graph.decide(batch, Entry.DEVICE);
        assertEquals(decision, graph.decide(batch, Entry.DEVICE));
        assertEquals(before, graph.headsDigest());
        graph.checkInvariants();

        assertTrue(decision.refused().isEmpty(), () -> decision.refused().toString());
        assertEquals(decision.orphans().isEmpty(), decision.missing().isEmpty());
        assertTrue(decision.missing().stream().noneMatch(graph::has));
        if (!decision.accepted().isEmpty()) {
            graph.apply(++sequence, decision.accepted());
        }
        if (keepOrphans) {
            graph.keepWaiting(decision);
        }
        assertEquals(decision.usage(), graph.usage());
        // Asked in between, so that what was worked out must be corrected when a fork turns over.
        graph.heads().forEach(graph::isVisible);
        return sequence;
    }

    private static Set<ContentHash> someOf(Set<ContentHash> hashes, Random random) {
        Set<ContentHash> some = new TreeSet<>(hashes);
        int odds = 1 + random.nextInt(9);
        some.removeIf(_ -> random.nextInt(odds) > 0);
        return some;
    }

    @Property(tries = TRIES)
    void anyOrderOfArrivalGivesTheHeadsForksAndViewOfTheNaiveModel(
            @ForAll long seed, @ForAll @IntRange(max = 70) int edits, @ForAll boolean keepOrphans) {
        var history = History.random(seed, edits);

        ChangeGraph graph = delivered(history, new Random(seed + 1), keepOrphans);

        Set<ContentHash> all = history.changes.keySet();
        assertEquals(List.copyOf(history.heads(all)), graph.heads());
        Set<ContentHash> hidden = history.hidden();
        for (ContentHash hash : all) {
            assertEquals(!hidden.contains(hash), graph.isVisible(hash));
        }
        Set<List<Object>> seen = new HashSet<>();
        for (ContentHash hash : graph.visible(graph.missingSince(List.of())).hashes()) {
            var known = graph.find(hash).orElseThrow();
            assertTrue(seen.add(List.of(known.actor(), known.seq())), "visible twice");
        }
        assertEquals(
                Set.copyOf(delivered(history, new Random(seed + 2), !keepOrphans).forks()),
                Set.copyOf(graph.forks()));
        assertEquals(graph.forks().isEmpty(), hidden.isEmpty());
        assertEquals(0, graph.waitingCount());
    }

    @Property(tries = TRIES)
    void whatIsLackingIsWhatIsNotClaimedAndAllThatBuildsOnIt(
            @ForAll long seed,
            @ForAll @IntRange(max = 70) int edits,
            @ForAll @IntRange(min = 1, max = 80) int changesMax) {
        var random = new Random(seed + 1);
        var history = History.random(seed, edits);
        ChangeGraph graph = delivered(history, random, true);
        Set<ContentHash> all = history.changes.keySet();
        Set<ContentHash> heads = someOf(all, random);
        Set<ContentHash> claimed = someOf(all, random);
        Set<ContentHash> underWay = someOf(all, random);

        List<ContentHash> lacking =
                graph
                        .lacking(
                                heads,
                                claimed::contains,
                                underWay::contains,
                                Long.MAX_VALUE,
                                changesMax)
                        .stream()
                        .map(Selection.Location::hash)
                        .toList();

        Set<ContentHash> has = history.closure(heads);
        List<ContentHash> expected = new ArrayList<>();
        for (ContentHash hash : graph.missingSince(List.of()).hashes()) {
            Set<ContentHash> past = new HashSet<>(history.closure(Set.of(hash)));
            past.removeAll(has);
            if (!claimed.containsAll(past) && !has.contains(hash) && !underWay.contains(hash)) {
                expected.add(hash);
            }
        }
        assertEquals(expected.subList(0, Math.min(changesMax, expected.size())), lacking);
    }

    @Property(tries = TRIES)
    void beyondSomeHeadsIsWhatIsNotInTheirPast(
            @ForAll long seed, @ForAll @IntRange(max = 70) int edits) {
        var random = new Random(seed + 1);
        var history = History.random(seed, edits);
        ChangeGraph graph = delivered(history, random, true);
        Set<ContentHash> heads = someOf(history.changes.keySet(), random);
        Set<ContentHash> asked = someOf(history.changes.keySet(), random);
        Set<ContentHash> expected = new HashSet<>(asked);
        expected.removeAll(history.closure(heads));
        asked.add(Chunks.sha256(Bytes.parseHex("01")));

        List<ContentHash> beyond = graph.beyond(heads, asked);

        assertEquals(expected, new HashSet<>(beyond));
        assertEquals(expected.size(), beyond.size());
    }

    @Property(tries = TRIES)
    void whatIsMissingSinceSomeHeadsIsTheDifferenceOfThePasts(
            @ForAll long seed, @ForAll @IntRange(max = 70) int edits) {
        var random = new Random(seed + 1);
        var history = History.random(seed, edits);
        ChangeGraph graph = delivered(history, random, true);
        Set<ContentHash> theirs = someOf(history.changes.keySet(), random);
        Set<ContentHash> heads = new TreeSet<>(theirs);
        heads.add(Chunks.sha256(Bytes.parseHex("01")));

        Selection missing = graph.missingSince(heads);

        Set<ContentHash> expected = new HashSet<>(history.changes.keySet());
        expected.removeAll(history.closure(theirs));
        assertEquals(expected, new HashSet<>(missing.hashes()));
        assertEquals(expected.size(), missing.size());
        assertEquals(history.closure(theirs), new HashSet<>(graph.ancestors(heads).hashes()));
        Set<ContentHash> before = new HashSet<>(history.closure(theirs));
        for (ContentHash hash : missing.hashes()) {
            assertTrue(before.containsAll(graph.find(hash).orElseThrow().deps()));
            before.add(hash);
        }
        assertTrue(graph.hasAll(theirs));
        assertEquals(heads.size() == theirs.size(), graph.hasAll(heads));
        assertEquals(List.copyOf(theirs), graph.known(heads));
    }

    @Property(tries = TRIES)
    void aReplayedJournalGivesTheSameGraph(
            @ForAll long seed, @ForAll @IntRange(max = 70) int edits) {
        var history = History.random(seed, edits);
        ChangeGraph graph = delivered(history, new Random(seed + 1), true);

        var replayed = new ChangeGraph(CostLimits.DEFAULT);
        for (var range : graph.missingSince(List.of()).ranges(0, graph.size(), 1)) {
            for (var location : range.locations()) {
                replayed.apply(
                        location.journalSequence(),
                        List.of(Golden.changeIn(history.changes, location.hash())));
            }
        }

        replayed.checkInvariants();
        assertEquals(graph.headsDigest(), replayed.headsDigest());
        assertEquals(graph.forks(), replayed.forks());
        assertEquals(graph.usage(), replayed.usage());
    }

    @Property(tries = TRIES)
    void aSnapshotGivesTheSameGraphAgain(
            @ForAll long seed,
            @ForAll @IntRange(max = 70) int edits,
            @ForAll @IntRange(min = 1, max = 3000) int chunkBytes) {
        var history = History.random(seed, edits);
        ChangeGraph graph = delivered(history, new Random(seed + 1), true);

        ChangeGraph restored = SnapshotTest.restored(SnapshotTest.chunks(graph, chunkBytes));

        restored.checkInvariants();
        assertEquals(graph.usage(), restored.usage());
        assertEquals(graph.heads(), restored.heads());
        assertEquals(graph.forks(), restored.forks());
        for (ContentHash hash : history.changes.keySet()) {
            assertEquals(graph.find(hash), restored.find(hash));
            assertEquals(graph.isVisible(hash), restored.isVisible(hash));
        }
        assertEquals(
                SnapshotTest.chunks(graph, chunkBytes), SnapshotTest.chunks(restored, chunkBytes));
        assertFalse(graph.snapshot(1).next().size() == 0);
    }
}
