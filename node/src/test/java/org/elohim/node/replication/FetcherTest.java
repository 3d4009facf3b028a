package org.elohim.node.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;

import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/// Pieces that go from one node to another, under TLS on loopback.
class FetcherTest {
    private static final String OURS = "the key of this family";
    private static final int LARGE = (9 << 20) + 777;

    @TempDir private Path directory;

    private final ActorTestKit actors = ActorTestKit.create();
    private final List<Sibling> siblings = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Sibling here;

    @BeforeEach
    void begin() throws IOException {
        here = sibling(OURS);
    }

    @AfterEach
    void end() throws IOException {
        for (Sibling each : siblings) {
            each.close();
        }
        actors.shutdownTestKit();
    }

    private Sibling sibling(String family) throws IOException {
        var sibling = new Sibling(actors, directory, family);
        siblings.forEach(
                other -> {
                    other.full.add(sibling.id);
                    sibling.full.add(other.id);
                });
        siblings.add(sibling);
        return sibling;
    }

    private static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    @Test
    void piecesOfAllSizesComeFromSeveralSourcesOfWhichSomeLackThem() throws IOException {
        Sibling one = sibling(OURS);
        Sibling two = sibling(OURS);
        Sibling empty = sibling(OURS);
        for (int length : new int[] {0, 1, 4_096, Sibling.SMALL_BYTES_MAX + 1, LARGE}) {
            ContentHash blob = one.put(content(length));
            two.put(content(length));
            var piece = PieceRef.whole(blob, length);
            Copies hints =
                    Elsewhere.with(
                            Elsewhere.with(
                                    Sibling.holding(one, Piece.WHOLE),
                                    Sibling.holding(two, Piece.WHOLE)),
                            Sibling.holding(empty, Piece.WHOLE));

            assertInstanceOf(
                    Fetcher.Fetched.Kept.class, here.fetch(piece, Optional.empty(), hints));
            assertArrayEquals(content(length), here.content(piece));
        }
    }

    @Test
    void aShardIsMadeWhereTheWholeLiesWhileItIsSent() throws IOException {
        Sibling one = sibling(OURS);
        ContentHash blob = one.put(content(LARGE));
        Manifest manifest = one.encode(blob, LARGE);
        for (int shard = 0; shard < manifest.shards().size(); shard++) {
            var piece = PieceRef.of(blob, manifest, Piece.shard(shard));

            assertInstanceOf(
                    Fetcher.Fetched.Kept.class,
                    here.fetch(piece, Optional.of(manifest), Sibling.holding(one, Piece.WHOLE)));
            assertEquals(ShardFile.lengthBytes(LARGE), here.content(piece).length);
            assertTrue(one.lacks(piece.key()));
        }
    }

    @Test
    void whatNobodyHasAsAWholeIsRebuiltOutOfAnyFourShards() throws IOException {
        Sibling steward = sibling(OURS);
        ContentHash blob = steward.put(content(LARGE));
        Manifest manifest = steward.encode(blob, LARGE);
        Copies spread = Copies.NONE;
        for (int shard : new int[] {1, 3, 5, 6}) {
            Sibling holder = sibling(OURS);
            Piece piece = Piece.shard(shard);
            holder.fetch(
                    PieceRef.of(blob, manifest, piece),
                    Optional.of(manifest),
                    Sibling.holding(steward, Piece.WHOLE));
            spread = Elsewhere.with(spread, Sibling.holding(holder, piece));
        }
        var lost = PieceRef.of(blob, manifest, Piece.shard(4));
        var whole = PieceRef.whole(blob, LARGE);

        assertInstanceOf(
                Fetcher.Fetched.Kept.class, here.fetch(lost, Optional.of(manifest), spread));
        assertInstanceOf(
                Fetcher.Fetched.Kept.class, here.fetch(whole, Optional.of(manifest), spread));
        assertArrayEquals(content(LARGE), here.content(whole));
    }

    @Test
    void withTooFewShardsNothingIsKeptAndTheReasonIsTold() throws IOException {
        Sibling steward = sibling(OURS);
        ContentHash blob = steward.put(content(LARGE));
        Manifest manifest = steward.encode(blob, LARGE);
        Sibling holder = sibling(OURS);
        Copies spread = Copies.NONE;
        for (int shard : new int[] {0, 1, 2}) {
            Piece piece = Piece.shard(shard);
            holder.fetch(
                    PieceRef.of(blob, manifest, piece),
                    Optional.of(manifest),
                    Sibling.holding(steward, Piece.WHOLE));
            spread = Elsewhere.with(spread, Sibling.holding(holder, piece));
        }

        var fetched = here.fetch(PieceRef.whole(blob, LARGE), Optional.of(manifest), spread);

        var none = assertInstanceOf(Fetcher.Fetched.NotHad.class, fetched);
        assertTrue(none.why().contains("4 are needed"), none.why());
        assertTrue(here.lacks(blob));
    }

    @Test
    void aSourceWhoseDiskIsDamagedIsFoundOutAndTheOtherBringsTheRest() throws IOException {
        Sibling bad = sibling(OURS);
        Sibling good = sibling(OURS);
        ContentHash blob = bad.put(content(LARGE));
        good.put(content(LARGE));
        Path file = directory.resolve(bad.id.toString()).resolve(blob + ".blob");
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, bytes.length / 2, bytes.length / 2 + 100, (byte) 1);
        Files.write(file, bytes);
        Copies both =
                Elsewhere.with(
                        Sibling.holding(bad, Piece.WHOLE), Sibling.holding(good, Piece.WHOLE));

        assertInstanceOf(
                Fetcher.Fetched.Kept.class,
                here.fetch(PieceRef.whole(blob, LARGE), Optional.empty(), both));
    }

    @Test
    void anObserverAndAStrangerGetNothing() throws IOException {
        Sibling one = sibling(OURS);
        ContentHash blob = one.put(content(5_000));
        var piece = PieceRef.whole(blob, 5_000);
        one.full.remove(here.id);
        Sibling stranger = sibling("the key of another family");
        Copies hints = Sibling.holding(one, Piece.WHOLE);

        var refused =
                assertInstanceOf(
                        Fetcher.Fetched.NotHad.class, here.fetch(piece, Optional.empty(), hints));
        assertTrue(refused.why().contains("full nodes of the family"), refused.why());
        assertInstanceOf(
                Fetcher.Fetched.NotHad.class, stranger.fetch(piece, Optional.empty(), hints));
    }

    @Test
    void whoIsAtAnotherNodesAddressIsNotTakenForIt() throws IOException {
        Sibling one = sibling(OURS);
        Sibling moved = sibling(OURS);
        ContentHash blob = one.put(content(5_000));
        Sibling.DOORS.put(moved.id, Sibling.DOORS.get(one.id));

        var refused =
                assertInstanceOf(
                        Fetcher.Fetched.NotHad.class,
                        here.fetch(
                                PieceRef.whole(blob, 5_000),
                                Optional.empty(),
                                Sibling.holding(moved, Piece.WHOLE)));
        assertTrue(refused.why().contains("another node is there: " + one.id), refused.why());
    }
}
