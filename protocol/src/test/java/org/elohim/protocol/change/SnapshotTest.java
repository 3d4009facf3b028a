package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.SnapshotReader.Progress;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class SnapshotTest {
    static List<Bytes> chunks(ChangeGraph graph, int chunkBytes) {
        var chunks = new ArrayList<Bytes>();
        graph.snapshot(chunkBytes).forEachRemaining(chunks::add);
        return chunks;
    }

    static ChangeGraph restored(List<Bytes> chunks) {
        var reader = new SnapshotReader(CostLimits.DEFAULT);
        for (Bytes chunk : chunks.subList(0, chunks.size() - 1)) {
            assertInstanceOf(Progress.NeedMore.class, reader.add(chunk));
        }
        return switch (reader.add(chunks.getLast())) {
            case Progress.Restored(var graph) -> graph;
            case Progress.NeedMore _ -> throw new AssertionError("not the last chunk");
            case Progress.Malformed(var reason) -> throw new AssertionError(reason);
        };
    }

    private static ChangeGraph golden() {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        List<ChangeChunk> changes = Golden.changes("automerge-js-small.bin");
        graph.apply(3, changes.subList(0, 2));
        graph.apply(4, changes.subList(2, 7));
        graph.apply(900, Golden.changes("automerge-js-big-deflated.bin"));
        return graph;
    }

    @Test
    void theChunksAreTheGoldenOnes() {
        List<Bytes> chunks = chunks(golden(), 256);

        assertEquals(2, chunks.size());
        assertEquals(Golden.file("graph-snapshot-v1-0.bin").toHex(), chunks.get(0).toHex());
        assertEquals(Golden.file("graph-snapshot-v1-1.bin").toHex(), chunks.get(1).toHex());
    }

    @Test
    void theGoldenChunksAreRead() {
        ChangeGraph graph =
                restored(
                        List.of(
                                Golden.file("graph-snapshot-v1-0.bin"),
                                Golden.file("graph-snapshot-v1-1.bin")));

        graph.checkInvariants();
        assertEquals(golden().headsDigest(), graph.headsDigest());
        for (ChangeChunk change : Golden.changes("automerge-js-small.bin")) {
            assertEquals(golden().find(change.hash()), graph.find(change.hash()));
        }
    }

    @Test
    void anEmptyGraphHasASnapshotToo() {
        ChangeGraph empty = restored(chunks(new ChangeGraph(CostLimits.DEFAULT), 100));

        assertEquals(0, empty.size());
        assertEquals(List.of(), empty.heads());
    }

    @Test
    void chunksThatAreMissingSwappedOrOfTwoSnapshotsAreRefused() {
        List<Bytes> chunks = chunks(golden(), 100);
        var other = new ChangeGraph(CostLimits.DEFAULT);
        other.apply(1, Golden.changes("automerge-java-delta.bin"));
        Bytes foreignEnd = chunks(other, 1 << 20).getLast();

        assertTrue(malformed(chunks.subList(1, 2)).contains("is chunk 1"));
        assertTrue(malformed(List.of(chunks.get(0), chunks.get(2))).contains("is chunk 2"));
        assertTrue(malformed(List.of(chunks.get(0), foreignEnd)).contains("is chunk 0"));
        var reader = new SnapshotReader(CostLimits.DEFAULT);
        chunks.forEach(reader::add);
        assertEquals(new Progress.Malformed("a chunk after the end"), reader.add(chunks.get(0)));
    }

    @Test
    void everyFlippedBitAndEveryCutIsNoticed() {
        Bytes chunk = Golden.file("graph-snapshot-v1-0.bin");
        for (int bit = 0; bit < 8 * chunk.size(); bit++) {
            byte[] flipped = chunk.toArray();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertTrue(malformed(List.of(Bytes.copyOf(flipped))).contains("damaged"));
        }
        for (int cut = 0; cut < chunk.size(); cut++) {
            assertTrue(malformed(List.of(chunk.slice(0, cut))).contains("damaged"));
        }
    }

    @Test
    void aGraphMustNotGrowDuringItsSnapshot() {
        ChangeGraph graph = golden();
        var chunks = graph.snapshot(100);
        chunks.next();
        graph.apply(901, Golden.changes("automerge-java-delta.bin"));

        assertThrows(IllegalStateException.class, chunks::next);
    }

    @Property
    void garbageUnderARightChecksumNeverThrows(@ForAll @Size(max = 300) byte[] noise) {
        Bytes content = Bytes.copyOf(noise);
        Bytes plausible = Bytes.parseHex("01010001").concat(content);

        new SnapshotReader(CostLimits.DEFAULT).add(content);
        new SnapshotReader(CostLimits.DEFAULT).add(content.concat(SnapshotWriter.crc(content)));
        var progress =
                new SnapshotReader(CostLimits.DEFAULT)
                        .add(plausible.concat(SnapshotWriter.crc(plausible)));

        assertInstanceOf(Progress.Malformed.class, progress);
    }

    /// Every number of a chunk set to anything.
    @Property
    void aForgedNumberNeverThrows(
            @ForAll @LongRange(min = 0) long number, @ForAll @IntRange(max = 200) int at) {
        Bytes chunk = Golden.file("graph-snapshot-v1-1.bin");
        Bytes content = chunk.slice(0, chunk.size() - SnapshotWriter.CRC_BYTES);
        int cut = at % content.size();
        Bytes forged =
                content.slice(0, cut)
                        .concat(Chunks.uleb(number))
                        .concat(content.slice(cut + 1, content.size()));
        var reader = new SnapshotReader(CostLimits.DEFAULT);
        reader.add(Golden.file("graph-snapshot-v1-0.bin"));

        switch (reader.add(forged.concat(SnapshotWriter.crc(forged)))) {
            case Progress.Restored(var graph) -> graph.checkInvariants();
            case Progress.NeedMore _ -> {}
            case Progress.Malformed(var reason) -> assertTrue(reason.length() < 200);
        }
    }

    private static String malformed(List<Bytes> chunks) {
        var reader = new SnapshotReader(CostLimits.DEFAULT);
        String reason = "nothing was wrong";
        for (Bytes chunk : chunks) {
            if (reader.add(chunk) instanceof Progress.Malformed(var why)) {
                reason = why;
            }
        }
        return reason;
    }
}
