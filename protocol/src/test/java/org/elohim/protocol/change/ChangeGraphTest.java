package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Decision.Orphan;
import org.elohim.protocol.change.Decision.Refused;
import org.elohim.protocol.change.Selection.JournalRange;
import org.elohim.protocol.change.Selection.Location;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class ChangeGraphTest {
    private static final Bytes ANA = Bytes.parseHex("aa");
    private static final Bytes BEN = Bytes.parseHex("bb");
    private static final ChangeChunk ANA_1 = edit(ANA, 1);
    private static final ChangeChunk ANA_2 = edit(ANA, 2, ANA_1);
    private static final ChangeChunk ANA_3 = edit(ANA, 3, ANA_2);
    private static final ChangeChunk BEN_1 = edit(BEN, 1, ANA_2);

    private final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);
    private long sequence;

    private static ChangeChunk edit(Bytes actor, long seq, Change... deps) {
        return variant("", actor, seq, deps);
    }

    private static ChangeChunk variant(String hex, Bytes actor, long seq, Change... deps) {
        return Chunks.change(
                Arrays.stream(deps).map(Change::hash).toList(), actor, seq, Bytes.parseHex(hex));
    }

    private static List<ContentHash> hashes(Change... changes) {
        return Arrays.stream(changes).map(Change::hash).toList();
    }

    private Decision take(Entry entry, Change... batch) {
        return take(graph, entry, batch);
    }

    private Decision take(Change... batch) {
        return take(Entry.DEVICE, batch);
    }

    @Test
    void aBatchInTheWrongOrderIsAcceptedInTheRightOne() {
        Decision decision = take(BEN_1, ANA_2, ANA_1);

        assertEquals(List.of(ANA_1, ANA_2, BEN_1), decision.accepted());
        assertEquals(hashes(BEN_1), graph.heads());
        assertEquals(ANA_1.sizeBytes() + ANA_2.sizeBytes() + BEN_1.sizeBytes(), graph.sizeBytes());
    }

    @Test
    void theHeadsOfAutomergesOwnChangesAreThoseInItsDocuments() {
        for (String engine : List.of("automerge-js-small.bin", "automerge-java-delta.bin")) {
            var read = new ChangeGraph(CostLimits.DEFAULT);
            read.apply(1, Golden.changes(engine));
            Bytes document = Golden.file(engine.replaceFirst("-[a-z]*.bin$", "-document.bin"));

            var chunk = (DocumentChunk) Golden.parsed(new ChunkReader(document).next());
            assertEquals(chunk.heads(), read.heads());
            assertTrue(read.forks().isEmpty());
        }
    }

    @Test
    void sealedChangesHangTogetherWithOthers() {
        Bytes author = Bytes.parseHex("cc".repeat(32));
        var document = DocumentId.ofRandom(new byte[DocumentId.SIZE_BYTES]);
        SealedChange first =
                SealedChange.sign(
                        document,
                        author,
                        1,
                        hashes(ANA_1),
                        Bytes.EMPTY,
                        _ -> author.concat(author));
        SealedChange second =
                SealedChange.sign(
                        document,
                        author,
                        2,
                        hashes(first),
                        Bytes.EMPTY,
                        _ -> author.concat(author));

        assertEquals(List.of(ANA_1, first, second), take(second, first, ANA_1).accepted());
        assertEquals(hashes(second), graph.heads());
        assertEquals(author, graph.find(second.hash()).orElseThrow().actor());
    }

    @Test
    void whatIsKnownOrThereTwiceIsADuplicate() {
        take(ANA_1);

        Decision decision = take(ANA_1, ANA_2, ANA_2);

        assertEquals(List.of(ANA_2), decision.accepted());
        assertEquals(hashes(ANA_1, ANA_2), decision.duplicates());
    }

    @Test
    void anOrphanIsNotAcceptedAndTellsWhatIsMissing() {
        Decision decision = take(ANA_3);

        assertEquals(List.of(), decision.accepted());
        assertEquals(List.of(new Orphan(ANA_3, Entry.DEVICE)), decision.orphans());
        assertEquals(hashes(ANA_2), decision.missing());
        assertFalse(graph.has(ANA_3.hash()));
        assertEquals(1, graph.waitingCount());
    }

    @Test
    void orphansAreSetFreeByWhatTheyWaitedFor() {
        take(ANA_3);
        assertEquals(hashes(ANA_1), take(ANA_2).missing());

        Decision decision = take(ANA_1);

        assertEquals(List.of(ANA_1, ANA_2, ANA_3), decision.accepted());
        assertEquals(0, graph.waitingCount());
        assertEquals(0, graph.waitingBytes());
    }

    @Test
    void anOrphanSentAgainTellsWhatIsMissingBehindTheOthers() {
        take(ANA_2);

        assertEquals(hashes(ANA_1), take(ANA_3, BEN_1).missing());
    }

    @Test
    void aStrangersOrphanDoesNotMakeUsAskEverybody() {
        take(ANA_3);

        assertEquals(List.of(), take(ANA_1).missing());
    }

    @Test
    void theWaitingRoomHasAnEnd() {
        for (int i = 0; i < WaitingRoom.CHANGES_MAX + 5; i++) {
            take(variant("%04x".formatted(i), BEN, 1, ANA_1));
        }
        assertEquals(WaitingRoom.CHANGES_MAX, graph.waitingCount());

        String megabyte = "00".repeat(1 << 20);
        for (int i = 0; i < 6; i++) {
            take(variant("0" + i + megabyte, BEN, 1, ANA_1));
        }
        assertEquals(3, graph.waitingCount());
        assertTrue(graph.waitingBytes() <= WaitingRoom.BYTES_MAX);
    }

    @Test
    void whatBuildsOnARefusedChangeIsRefusedWithoutASecondLookAtIt() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.DEVICE, ANA_2);

        Decision behind = take(full, Entry.DEVICE, ANA_3);

        assertEquals(
                List.of(new Refused(ANA_3.hash(), new Refusal.BehindRefused(ANA_2.hash()))),
                behind.refused());
        assertEquals(List.of(), behind.missing());
        assertEquals(List.of(ANA_2), take(full, Entry.RELAY, ANA_2).accepted());
        assertEquals(List.of(ANA_3), take(full, Entry.RELAY, ANA_3).accepted());
    }

    @Test
    void whatANodeLetInWaitsForThatNodeWhateverIsRefusedToADevice() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.RELAY, ANA_3);

        Decision device = take(full, Entry.DEVICE, ANA_2);
        assertEquals(
                List.of(new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1))),
                device.refused());

        assertEquals(List.of(ANA_2, ANA_3), take(full, Entry.RELAY, ANA_2).accepted());
    }

    @Test
    void aDeviceIsToldOfWhatANodeStillWaitsWith() {
        var full = new ChangeGraph(new CostLimits(1 << 20, 1));
        take(full, Entry.DEVICE, ANA_1);
        take(full, Entry.RELAY, ANA_3);

        Decision device = take(full, Entry.DEVICE, ANA_2, ANA_3);
        assertEquals(
                List.of(
                        new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1)),
                        new Refused(ANA_3.hash(), new Refusal.BehindRefused(ANA_2.hash()))),
                device.refused());
        assertEquals(List.of(), device.orphans());

        Decision node = take(full, Entry.RELAY, ANA_2, ANA_3);
        assertEquals(List.of(ANA_2, ANA_3), node.accepted());
    }

    @Test
    void whatSomebodyWantsComesInPiecesEachAfterWhatItBuildsOn() {
        take(ANA_1, ANA_2, BEN_1);

        assertEquals(List.of(ANA_1.hash(), ANA_2.hash(), BEN_1.hash()), wanted(9, List.of()));
        assertEquals(List.of(ANA_1.hash(), ANA_2.hash()), wanted(2, List.of()));
        assertEquals(List.of(BEN_1.hash()), wanted(9, hashes(ANA_2)));
        assertEquals(List.of(ANA_1.hash(), ANA_2.hash()), wanted(9, List.of(), ANA_2));
        assertEquals(List.of(), wanted(9, hashes(ANA_2), ANA_1));
        assertEquals(
                List.of(ANA_1.hash()),
                graph.wanted(List.of(), List.of(), 1, 9).stream()
                        .map(Selection.Location::hash)
                        .toList(),
                "one, however large");
    }

    private List<ContentHash> wanted(int changesMax, List<ContentHash> heads, Change... these) {
        return graph.wanted(heads, hashes(these), 1 << 20, changesMax).stream()
                .map(Selection.Location::hash)
                .toList();
    }

    @Test
    void whatWaitsIsForgottenWithTheDocument() {
        var graph = new ChangeGraph(new CostLimits(1 << 20, 10));
        take(graph, Entry.DEVICE, ANA_2);
        assertEquals(1, graph.waitingCount());

        graph.forgetWaiting();

        assertEquals(0, graph.waitingCount());
        assertEquals(0, graph.waitingBytes());
        assertEquals(List.of(ANA_1), take(graph, Entry.DEVICE, ANA_1).accepted());
    }

    @Test
    void theRefusedOnesInMindAreNoMoreThanTheLimit() {
        var lately = new RefusedLately();
        for (int i = 0; i <= RefusedLately.CHANGES_MAX; i++) {
            lately.add(variant("%08x".formatted(i), ANA, 1).hash());
        }
        assertEquals(RefusedLately.CHANGES_MAX, lately.hashes().size());
        assertFalse(lately.hashes().contains(variant("00000000", ANA, 1).hash()));
    }

    private Decision take(ChangeGraph into, Entry entry, Change... batch) {
        Decision decision = into.decide(List.of(batch), entry);
        into.apply(++sequence, decision.accepted());
        into.keepWaiting(decision);
        into.checkInvariants();
        return decision;
    }

    @Test
    void aSeqThatDoesNotBuildOnTheOneBeforeIsRefusedWithAllBehindIt() {
        ChangeChunk gap = edit(ANA, 3, ANA_1);
        ChangeChunk stranger = edit(BEN, 2, ANA_1);
        ChangeChunk behind = edit(BEN, 1, gap);

        Decision decision = take(ANA_1, behind, gap, stranger, ANA_2);

        assertEquals(List.of(ANA_1, ANA_2), decision.accepted());
        assertEquals(
                List.of(
                        new Refused(gap.hash(), new Refusal.SequenceGap(3)),
                        new Refused(behind.hash(), new Refusal.BehindRefused(gap.hash())),
                        new Refused(stranger.hash(), new Refusal.SequenceGap(2))),
                decision.refused());
        assertEquals(List.of(), decision.orphans());
    }

    @Test
    void aSeqMayReachTheOneBeforeThroughOthers() {
        ChangeChunk isolated = edit(ANA, 3, BEN_1);

        assertEquals(
                List.of(isolated), take(ANA_1, ANA_2, BEN_1, isolated).accepted().subList(3, 4));
        assertTrue(graph.forks().isEmpty());
    }

    @Test
    void longSearchesForOwnChangesAreLimitedPerBatchOfADevice() {
        List<ChangeChunk> firsts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            firsts.add(edit(Bytes.copyOf(new byte[] {1, (byte) i}), 1));
        }
        take(firsts.toArray(Change[]::new));
        ChangeChunk last = edit(ANA, 1, firsts.toArray(Change[]::new));
        take(last);
        for (int seq = 2; seq < 1000; seq++) {
            last = edit(ANA, seq, last);
            take(last);
        }
        ChangeChunk end = last;
        Change[] seconds =
                firsts.stream().map(first -> edit(first.actor(), 2, end)).toArray(Change[]::new);

        Decision limited = graph.decide(List.of(seconds), Entry.DEVICE);

        assertEquals(20, limited.accepted().size() + limited.refused().size());
        assertEquals(new Refusal.TooEntangled(), limited.refused().getLast().why());
        assertEquals(20, graph.decide(List.of(seconds), Entry.RELAY).accepted().size());
        for (Change second : seconds) {
            assertEquals(List.of(second), take(second).accepted());
        }
    }

    @Test
    void aDeviceIsRefusedBeyondTheLimitsInWordsAndARelayedChangeIsNot() {
        var limits = new CostLimits(ANA_1.sizeBytes() + ANA_2.sizeBytes(), 100);
        var small = new ChangeGraph(limits);
        var few = new ChangeGraph(new CostLimits(1000, 2));
        small.apply(1, List.of(ANA_1, ANA_2));
        few.apply(1, List.of(ANA_1, ANA_2));

        assertEquals(
                List.of(new Refused(ANA_3.hash(), new Refusal.TooManyBytes(limits.bytesMax()))),
                small.decide(List.of(ANA_3), Entry.DEVICE).refused());
        assertEquals(
                "document history would exceed 2 changes; start a successor document with the"
                        + " present content and continue there",
                few.decide(List.of(ANA_3), Entry.DEVICE).refused().getFirst().why().explanation());
        assertEquals(List.of(ANA_3), small.decide(List.of(ANA_3), Entry.RELAY).accepted());
        assertEquals(List.of(ANA_3), few.decide(List.of(ANA_3), Entry.RELAY).accepted());
    }

    @Test
    void anOrphanIsADevicesUntilANodeBringsIt() {
        var few = new ChangeGraph(new CostLimits(1000, 1));
        few.keepWaiting(few.decide(List.of(ANA_2), Entry.DEVICE));
        assertEquals(
                List.of(new Refused(ANA_2.hash(), new Refusal.TooManyChanges(1))),
                few.decide(List.of(ANA_1), Entry.DEVICE).refused());

        few.keepWaiting(few.decide(List.of(ANA_2), Entry.RELAY));
        few.keepWaiting(few.decide(List.of(ANA_2), Entry.DEVICE));

        assertEquals(List.of(ANA_1, ANA_2), few.decide(List.of(ANA_1), Entry.DEVICE).accepted());
    }

    @Test
    void usageWarnsFromFourFifthsOn() {
        var limits = new CostLimits(1000, 10);

        assertFalse(new Usage(799, 7, limits).nearsLimit());
        assertTrue(new Usage(800, 0, limits).nearsLimit());
        assertTrue(new Usage(0, 8, limits).nearsLimit());
        assertEquals(110, new Usage(0, 11, limits).percent());
        assertTrue(
                new ChangeGraph(new CostLimits(1000, 1))
                        .decide(List.of(ANA_1), Entry.DEVICE)
                        .usage()
                        .nearsLimit());
    }

    @Test
    void bothSidesOfAForkStayAndReadersSeeTheLowerOneInAnyOrder() {
        ChangeChunk one = variant("01", ANA, 2, ANA_1);
        ChangeChunk other = variant("02", ANA, 2, ANA_1);
        ChangeChunk low = one.hash().compareTo(other.hash()) < 0 ? one : other;
        ChangeChunk high = low.equals(one) ? other : one;
        var fork = new Fork(ANA, 2, low.hash(), high.hash());
        ChangeChunk behindHigh = edit(BEN, 1, high);

        for (List<ChangeChunk> order :
                List.of(
                        List.of(ANA_1, low, high, behindHigh),
                        List.of(ANA_1, high, behindHigh, low))) {
            var forked = new ChangeGraph(CostLimits.DEFAULT);
            assertEquals(List.of(fork), forked.decide(order, Entry.DEVICE).forks());
            forked.apply(1, order.subList(0, 2));
            assertTrue(forked.isVisible(order.get(1).hash()));
            assertEquals(List.of(fork), forked.decide(order.subList(2, 4), Entry.DEVICE).forks());
            forked.apply(2, order.subList(2, 4));

            assertEquals(List.of(fork), forked.forks());
            assertTrue(forked.isVisible(low.hash()));
            assertFalse(forked.isVisible(high.hash()));
            assertFalse(forked.isVisible(behindHigh.hash()));
            assertEquals(2, forked.visible(forked.missingSince(List.of())).size());
        }
    }

    @Test
    void theLosingSideStaysHiddenHoweverLowItsLaterHashesAre() {
        ChangeChunk one = variant("01", ANA, 1);
        ChangeChunk other = variant("02", ANA, 1);
        ChangeChunk low = one.hash().compareTo(other.hash()) < 0 ? one : other;
        ChangeChunk high = low.equals(one) ? other : one;
        ChangeChunk behindLow = edit(ANA, 2, low);
        take(low, high, behindLow);
        for (int i = 0; i < 20; i++) {
            take(variant("%02x".formatted(i), ANA, 2, high));
        }

        assertTrue(graph.isVisible(behindLow.hash()));
        assertEquals(2, graph.visible(graph.missingSince(List.of())).size());
    }

    @Test
    void theHeadsDigestIsTheHashOfTheSortedHeads() {
        assertEquals(Chunks.sha256(Bytes.EMPTY), graph.headsDigest());
        take(ANA_1, ANA_2, ANA_3, BEN_1);
        List<ContentHash> heads = hashes(ANA_3, BEN_1).stream().sorted().toList();

        assertEquals(heads, graph.heads());
        assertEquals(
                Chunks.sha256(heads.get(0).bytes().concat(heads.get(1).bytes())),
                graph.headsDigest());
    }

    @Test
    void neighbouringEventsAreReadAtOnceAndGapsAreNot() {
        graph.apply(5, List.of(ANA_1, ANA_2));
        graph.apply(6, List.of(ANA_3));
        graph.apply(9, List.of(BEN_1));
        int size = ANA_1.sizeBytes();
        Selection all = graph.missingSince(List.of());
        var first = new Location(ANA_1.hash(), 5, 0, size);
        var second = new Location(ANA_2.hash(), 5, 1, ANA_2.sizeBytes());
        var third = new Location(ANA_3.hash(), 6, 0, ANA_3.sizeBytes());
        var fourth = new Location(BEN_1.hash(), 9, 0, BEN_1.sizeBytes());

        assertEquals(
                List.of(
                        new JournalRange(5, 6, List.of(first, second, third)),
                        new JournalRange(9, 9, List.of(fourth))),
                all.ranges(0, 4, 1 << 20));
        assertEquals(
                List.of(
                        new JournalRange(5, 5, List.of(first, second)),
                        new JournalRange(6, 6, List.of(third))),
                all.ranges(0, 3, 1));
        assertEquals(
                List.of(new JournalRange(5, 6, List.of(second, third))),
                all.ranges(1, 3, 2L * ANA_2.sizeBytes()));
        assertEquals(graph.sizeBytes(), all.sizeBytes());
        assertEquals(hashes(BEN_1, ANA_1).size(), graph.select(hashes(BEN_1, ANA_1)).size());
    }

    @Test
    void aJournalThatDoesNotFitIsABrokenEnvironment() {
        graph.apply(5, List.of(ANA_1));

        assertThrows(IllegalStateException.class, () -> graph.apply(4, List.of(ANA_2)));
        assertThrows(IllegalStateException.class, () -> graph.apply(6, List.of(ANA_3)));
        assertEquals(1, graph.size());
    }

    @Test
    void anEventAppliedTwiceChangesNothing() {
        graph.apply(5, List.of(ANA_1, ANA_2));
        graph.apply(5, List.of(ANA_1, ANA_2, ANA_3));

        assertEquals(2, graph.find(ANA_3.hash()).orElseThrow().location().batchIndex());
        assertEquals(3, graph.size());
        graph.checkInvariants();
    }

    @Test
    void aDepNamedTwiceIsOneDep() {
        Decision decision = take(ANA_1, edit(ANA, 2, ANA_1, ANA_1));

        assertEquals(2, decision.accepted().size());
        assertEquals(
                hashes(ANA_1),
                graph.find(decision.accepted().getLast().hash()).orElseThrow().deps());
    }
}
