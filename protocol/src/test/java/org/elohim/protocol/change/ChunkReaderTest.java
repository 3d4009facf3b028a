package org.elohim.protocol.change;

import static org.elohim.protocol.change.Golden.parsed;
import static org.elohim.protocol.change.Golden.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

class ChunkReaderTest {
    private static final Bytes ACTOR = Bytes.parseHex("aa".repeat(16));
    private static final Bytes BODY = Chunks.body(List.of(), ACTOR, 1, Bytes.EMPTY);

    /// Index, hash, seq, start op, time, first byte of the actor, dep count.
    @ParameterizedTest
    @CsvSource({
        "0, dc54ed82d0c5a8030852fad9bd0736fd6ed21fe627ab80a2f3d991c0309738d9, 1, 1, 1700000000, aa,"
                + " 0",
        "1, 71abc0949b9f15b94d24f159032dfc0f06673c4a994c46434825fa0cc3f878c2, 2, 2, -5, aa, 1",
        "2, 683788f991b0fe590560ea1ab7f20f44137b23ef75303d42d887fabd0f933eea, 3, 3, 1700000001, aa,"
                + " 1",
        "3, dbec547ab33e68fc18875bd5a48e401efe7d986d971b8c6b98d3613b83e3286a, 1, 3, 0, bb, 1",
        "4, b02cf73d9946597dc5f78547e7e481f99c93b1ddf9b55823d06cf8eab96ed674, 4, 11, 1700000002,"
                + " aa, 2",
        "5, f185262c32b76372301aaa6b9e9098b53b5ce70f521d0374e5daaeb71fc924e8, 2, 12, 1, bb, 2",
        "6, 14b7d6f6466bb3c521f9f51dec1c3dec2bdf1eef2e9a9a9435c2368c1fed46d5, 5, 13, 2, aa, 2"
    })
    void theHeaderOfAnNpmChangeReadsAsItsOwnDecoderSays(
            int index, String hash, long seq, long startOp, long time, String actor, int deps) {
        ChangeChunk change = Golden.changes("automerge-js-small.bin").get(index);

        assertEquals(ContentHash.parse(hash), change.hash());
        assertEquals(seq, change.seq());
        assertEquals(startOp, change.startOp());
        assertEquals(time, change.timeSeconds());
        assertEquals(Bytes.parseHex(actor.repeat(16)), change.actor());
        assertEquals(deps, change.deps().size());
    }

    @Test
    void theChangesOfADeltaCoverItsBytesAndNameEachOther() {
        List<ChangeChunk> changes = Golden.changes("automerge-js-small.bin");
        Set<ContentHash> hashes =
                changes.stream().map(ChangeChunk::hash).collect(Collectors.toSet());
        Bytes joined = changes.stream().map(ChangeChunk::bytes).reduce(Bytes.EMPTY, Bytes::concat);

        assertEquals(Golden.file("automerge-js-small.bin"), joined);
        assertTrue(changes.stream().allMatch(change -> hashes.containsAll(change.deps())));
    }

    @Test
    void whatAnEngineOfOursHasWrittenIsChangesAndNothingElse() {
        Bytes delta = Golden.file("automerge-js-small.bin");
        assertEquals(Golden.changes("automerge-js-small.bin"), ChunkReader.written(delta));
        assertEquals(List.of(), ChunkReader.written(Bytes.EMPTY));

        Bytes cut = delta.slice(0, delta.size() - 1);
        assertThrows(IllegalStateException.class, () -> ChunkReader.written(cut));
    }

    @Test
    void theHashesOfTheJavaBindingAreRecomputed() {
        List<String> committed =
                List.of(
                        "fd1d42ae8e13b174ee1ae9719461d9f13a1ddf6ff444e7589984231259bbebb9",
                        "03249dc5b1ee9a8ac710793598d6e8745d0a777212425f0953b3663ee5404ae3",
                        "0e453577373c8fdb68a415dc2c91270ea5a959e84c1696d6bb61780535f6149b",
                        "28c1ecbff6263a4838435f8ffcd3f59a4b738ceb8bfe3af51e51e808cecd7125",
                        "782f0ab933678537d38fb200ba4ec34e86e5d1a2460b7f3b1b34f621d76dad54",
                        "8b7c30c31781e0d9111553f17ec9c6183f6b5ed3dd92bd512ce0dc51620c6308",
                        "a4e725e956bbbf0b08633307e078b423710c0a852bf2b0c2e0f0e6988b63258a",
                        "3c364422a560a44261b1acb98b70c506b5c803733f72ab1f3fa67139adbbb728");

        Set<String> read =
                Golden.changes("automerge-java-delta.bin").stream()
                        .map(change -> change.hash().toString())
                        .collect(Collectors.toSet());

        assertEquals(Set.copyOf(committed), read);
    }

    @Test
    void aDeflatedChangeHasTheHashOfThePlainOneAndKeepsItsOwnBytes() {
        ChangeChunk plain = Golden.changes("automerge-js-big.bin").getFirst();
        ChangeChunk deflated = Golden.changes("automerge-js-big-deflated.bin").getFirst();

        assertEquals(plain.hash(), deflated.hash());
        assertEquals(plain, deflated);
        assertNotEquals(plain.bytes(), deflated.bytes());
        assertEquals(125, deflated.sizeBytes());
    }

    @ParameterizedTest
    @CsvSource({
        "automerge-js-document.bin,"
                + " 14b7d6f6466bb3c521f9f51dec1c3dec2bdf1eef2e9a9a9435c2368c1fed46d5",
        "automerge-java-document.bin,"
                + " 3c364422a560a44261b1acb98b70c506b5c803733f72ab1f3fa67139adbbb728"
    })
    void aDocumentChunkTellsItsHeads(String file, String head) {
        Chunk chunk = parsed(new ChunkReader(Golden.file(file)).next());

        assertEquals(new DocumentChunk(List.of(ContentHash.parse(head)), Golden.file(file)), chunk);
    }

    @Test
    void aDocumentChunkMayStandAmongChanges() {
        var reader =
                new ChunkReader(
                        Chunks.change(BODY)
                                .concat(Golden.file("automerge-js-document.bin"))
                                .concat(Chunks.deflated(BODY)));

        assertTrue(parsed(reader.next()) instanceof ChangeChunk);
        assertTrue(parsed(reader.next()) instanceof DocumentChunk);
        assertTrue(parsed(reader.next()) instanceof ChangeChunk);
        assertFalse(reader.hasNext());
    }

    @Test
    void aWrongChecksumIsRefused() {
        Bytes wrong = Chunks.chunk(1, BODY, Chunks.sha256(Bytes.EMPTY));

        assertEquals(
                "chunk at byte 0: checksum does not fit the content",
                reason(ChangeChunk.parse(wrong)));
    }

    @Test
    void afterAMalformedChunkNothingMoreIsRead() {
        var reader = new ChunkReader(Chunks.change(BODY).concat(Bytes.parseHex("00".repeat(99))));

        parsed(reader.next());
        assertEquals(
                "chunk at byte %d: does not begin like an Automerge chunk"
                        .formatted(Chunks.change(BODY).size()),
                reason(reader.next()));
        assertFalse(reader.hasNext());
    }

    /// What is wrong, and the body that is.
    @ParameterizedTest
    @CsvSource({
        "dep count=16385, 818001",
        "dep count=1 is more than the bytes can hold, 01ffff",
        "dep count has more than 63 bits, ffffffffffffffffff01",
        "actor length=65, 0041",
        "actor length is not in its shortest form, 008000",
        "actor length is cut off, 00",
        "seq=0 start op=1, 0001aa00010000",
        "seq=1 start op=0, 0001aa01000000",
        "seq has more than 63 bits, 0001aaffffffffffffffffff01010000",
        "time is not in its shortest form, 0001aa0101800000",
        "time has more than 64 bits, 0001aa0101808080808080808080800100",
        "message length=5 is more than the bytes can hold, 0001aa01010005",
        "message length is cut off, 0001aa010100"
    })
    void aBodyThatBreaksARuleIsRefusedByName(String problem, String body) {
        String reason = reason(ChangeChunk.parse(Chunks.change(Bytes.parseHex(body))));

        assertTrue(reason.contains(problem), reason);
    }

    @Test
    void aLengthBeyondTheBytesOrTheLimitIsRefusedBeforeAnythingIsAllocated() {
        Bytes header = Bytes.parseHex("856f4a830000000001");

        assertTrue(reason(ChangeChunk.parse(header.concat(Chunks.uleb(5)))).contains("hold"));
        assertTrue(
                reason(ChangeChunk.parse(header.concat(Chunks.uleb(Integer.MAX_VALUE))))
                        .contains("at most " + ChunkReader.BODY_BYTES_MAX));
        assertTrue(
                reason(ChangeChunk.parse(header.concat(Chunks.uleb(-1))))
                        .contains("more than 63 bits"));
    }

    @Test
    void aBodyLengthInALongerFormIsRefused() {
        Bytes chunk = Chunks.change(Bytes.parseHex("0001aa010100000000"));
        Bytes longer =
                chunk.slice(0, 9)
                        .concat(Bytes.parseHex("8900"))
                        .concat(chunk.slice(10, chunk.size()));

        parsed(ChangeChunk.parse(chunk));
        assertTrue(reason(ChangeChunk.parse(longer)).contains("not in its shortest form"));
    }

    @Test
    void unknownChunkTypesAreNamed() {
        assertTrue(
                reason(ChangeChunk.parse(Chunks.chunk(3, BODY, Chunks.hash(3, BODY))))
                        .contains("unknown type 3"));
    }

    @Test
    void oneChangeIsOneChange() {
        Bytes one = Chunks.change(BODY);

        assertEquals("no bytes", reason(ChangeChunk.parse(Bytes.EMPTY)));
        assertEquals("bytes after the change", reason(ChangeChunk.parse(one.concat(one))));
        assertTrue(
                reason(ChangeChunk.parse(Golden.file("automerge-js-document.bin")))
                        .contains("document chunk"));
    }
}
