package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Selection.JournalRange;
import org.elohim.protocol.change.Selection.Location;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.util.List;

class ChangeGraphTest extends AnasAndBensChanges {
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
