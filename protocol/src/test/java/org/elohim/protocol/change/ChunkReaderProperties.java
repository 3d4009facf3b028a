package org.elohim.protocol.change;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;

import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;

class ChunkReaderProperties {
    private static final List<String> FILES =
            List.of(
                    "automerge-js-small.bin",
                    "automerge-js-big-deflated.bin",
                    "automerge-js-document.bin",
                    "automerge-java-delta.bin");

    /// Reads to the end, as a receiver does; returns how many chunks there were.
    private static int readAll(Bytes delta) {
        var reader = new ChunkReader(delta);
        int chunks = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case Decoded.Parsed<Chunk>(var chunk) -> {
                    assertTrue(chunk.bytes().size() <= delta.size());
                    chunks++;
                }
                case Decoded.Malformed<Chunk>(var reason) -> {
                    assertTrue(reason.length() < 200, reason);
                    return chunks;
                }
            }
        }
        return chunks;
    }

    @Property
    void randomBytesNeverThrow(@ForAll @Size(max = 300) byte[] noise) {
        assertEquals(0, readAll(Bytes.copyOf(noise)));
    }

    @Property
    void randomBodiesUnderARightChecksumNeverThrow(
            @ForAll @Size(max = 300) byte[] noise, @ForAll @IntRange(max = 4) int type) {
        Bytes body = Bytes.copyOf(noise);

        assertTrue(readAll(Chunks.chunk(type, body, Chunks.hash(type == 2 ? 1 : type, body))) <= 1);
    }

    @Example
    void noFlippedBitGivesAnotherChange() {
        for (String file : FILES) {
            Bytes whole = Golden.file(file);
            for (int bit = 0; bit < 8 * whole.size(); bit++) {
                byte[] flipped = whole.toArray();
                flipped[bit / 8] ^= (byte) (1 << (bit % 8));

                int chunks = readAll(Bytes.copyOf(flipped));

                // A deflated stream ends in padding that nobody reads: the same change again.
                boolean padding = file.contains("deflated") && bit / 8 == whole.size() - 1;
                assertTrue(chunks < readAll(whole) || padding, file + " bit " + bit);
            }
        }
    }

    @Example
    void everyTruncationIsNoticed() {
        for (String file : FILES) {
            Bytes whole = Golden.file(file);
            int chunks = readAll(whole);
            for (int cut = 0; cut < whole.size(); cut++) {
                assertTrue(readAll(whole.slice(0, cut)) < chunks, file + " cut at " + cut);
            }
        }
    }

    /// Every field that is a length or a count, set to anything, under a checksum that fits.
    @Property
    void aHugeLengthCostsNoMoreThanTheBytesThatCameAndAConstant(
            @ForAll @LongRange(min = 0) long length, @ForAll @IntRange(max = 60) int at) {
        Bytes body =
                Chunks.body(
                        List.of(Chunks.sha256(Bytes.EMPTY)),
                        Bytes.parseHex("aa".repeat(16)),
                        1,
                        Bytes.EMPTY);
        int cut = at % body.size();
        Bytes forged =
                body.slice(0, cut)
                        .concat(Chunks.uleb(length))
                        .concat(body.slice(cut + 1, body.size()));
        Bytes change = Chunks.change(forged);
        Bytes document = Chunks.document(forged);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        readAll(change);

        long before = threads.getCurrentThreadAllocatedBytes();
        readAll(change);
        readAll(document);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertTrue(allocated < 64 << 10, "allocated=" + allocated);
    }

    @Property
    void whatWasBuiltIsWhatIsRead(
            @ForAll @Size(max = 8) List<@Size(32) byte[]> deps,
            @ForAll @Size(max = ChunkReader.ACTOR_BYTES_MAX) byte[] actor,
            @ForAll @LongRange(min = 1) long seq,
            @ForAll @Size(max = 200) byte[] operations) {
        List<ContentHash> hashes =
                deps.stream().map(dep -> new ContentHash(Bytes.copyOf(dep))).toList();
        Bytes body = Chunks.body(hashes, Bytes.copyOf(actor), seq, Bytes.copyOf(operations));

        for (Bytes chunk : List.of(Chunks.change(body), Chunks.deflated(body))) {
            ChangeChunk change = Golden.parsed(ChangeChunk.parse(chunk));
            assertEquals(Chunks.hash(1, body), change.hash());
            assertEquals(hashes, change.deps());
            assertEquals(Bytes.copyOf(actor), change.actor());
            assertEquals(seq, change.seq());
            assertEquals(chunk, change.bytes());
        }
    }

    @Example
    void aDeltaOfManyChangesIsSplitIntoThem() {
        Bytes one = Golden.file("automerge-js-small.bin").slice(0, 66);
        Bytes many = Collections.nCopies(500, one).stream().reduce(Bytes.EMPTY, Bytes::concat);

        assertEquals(500, readAll(many));
    }
}
