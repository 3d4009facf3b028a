package org.elohim.node.replication;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;

import org.elohim.node.blob.LargePut;
import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.blob.replication.Copies;
import org.elohim.protocol.blob.replication.Manifest;
import org.elohim.protocol.blob.replication.Piece;
import org.elohim.protocol.blob.transfer.PieceRef;
import org.elohim.protocol.blob.transfer.ShardFile;
import org.elohim.protocol.family.Address;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

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
        return among(new Sibling(actors, directory, family));
    }

    private Sibling among(Sibling sibling) {
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
    void whoSaysNothingIsWaitedForOnceWhateverHeHolds() throws Exception {
        Sibling steward = sibling(OURS);
        ContentHash blob = steward.put(content(LARGE));
        Manifest manifest = steward.encode(blob, LARGE);
        Sibling dumb = sibling(OURS);
        Copies spread = Sibling.holding(dumb, Piece.shard(0), Piece.shard(1), Piece.shard(3));
        for (int shard : new int[] {2, 4, 5, 6}) {
            Piece piece = Piece.shard(shard);
            Sibling holder = sibling(OURS);
            holder.fetch(
                    PieceRef.of(blob, manifest, piece),
                    Optional.of(manifest),
                    Sibling.holding(steward, Piece.WHOLE));
            spread = Elsewhere.with(spread, Sibling.holding(holder, piece));
        }
        Sibling reader = among(new Sibling(actors, directory, OURS, Duration.ofSeconds(3)));
        var calls = new AtomicInteger();
        try (var door = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            Sibling.DOORS.put(dumb.id, new Address("127.0.0.1", door.getLocalPort()));
            Thread.startVirtualThread(() -> accept(door, calls));
            var whole = PieceRef.whole(blob, LARGE);

            assertInstanceOf(
                    Fetcher.Fetched.Kept.class, reader.fetch(whole, Optional.of(manifest), spread));
            assertArrayEquals(content(LARGE), reader.content(whole));
        }
        assertEquals(1, calls.get());
    }

    private static void accept(ServerSocket door, AtomicInteger calls) {
        List<Socket> held = new ArrayList<>();
        try {
            while (true) {
                held.add(door.accept());
                calls.incrementAndGet();
            }
        } catch (IOException closed) {
            held.forEach(FetcherTest::close);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // It is what was wanted.
        }
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

    private Path file(Sibling sibling, ContentHash key) {
        return directory.resolve(sibling.id.toString()).resolve(key + ".blob");
    }

    private static void rested(Sibling sibling, ContentHash key, byte[] beginning)
            throws IOException {
        LargePut put = sibling.store.beginLarge(UnfinishedBlobs.Name.ofNode(key));
        put.write(ByteBuffer.wrap(beginning));
        put.rest();
    }

    @Test
    void aLargePieceIsGoneOnWithWhereAnEarlierProcessHasStopped() throws IOException {
        Sibling one = sibling(OURS);
        ContentHash blob = one.put(content(LARGE));
        rested(here, blob, Arrays.copyOf(content(LARGE), LARGE / 2));
        // Nobody has its beginning any more.
        byte[] bytes = Files.readAllBytes(file(one, blob));
        Arrays.fill(bytes, 0, LARGE / 4, (byte) 1);
        Files.write(file(one, blob), bytes);

        assertInstanceOf(
                Fetcher.Fetched.Kept.class,
                here.fetch(
                        PieceRef.whole(blob, LARGE),
                        Optional.empty(),
                        Sibling.holding(one, Piece.WHOLE)));

        assertArrayEquals(content(LARGE), here.content(PieceRef.whole(blob, LARGE)));
        assertEquals(0, here.store.stats().unfinished());
    }

    @Test
    void whereWhatWasThereIsAnotherContentItIsFetchedAnew() throws IOException {
        Sibling one = sibling(OURS);
        ContentHash blob = one.put(content(LARGE));
        rested(here, blob, content(LARGE / 2));

        assertInstanceOf(
                Fetcher.Fetched.Kept.class,
                here.fetch(
                        PieceRef.whole(blob, LARGE),
                        Optional.empty(),
                        Sibling.holding(one, Piece.WHOLE)));
        assertArrayEquals(content(LARGE), here.content(PieceRef.whole(blob, LARGE)));
    }

    @Test
    void ofShardsThatAreWellFormedAndWrongTheWholeIsMadeWithoutThemAndTheirHoldersLook()
            throws IOException {
        Sibling steward = sibling(OURS);
        ContentHash blob = steward.put(content(LARGE));
        Manifest manifest = steward.encode(blob, LARGE);
        // The shards of another content, in the place of those that are asked for.
        byte[] other = content(LARGE + 1);
        ContentHash otherBlob = steward.put(Arrays.copyOf(other, LARGE));
        Manifest otherManifest = steward.encode(otherBlob, LARGE);
        Copies spread = Copies.NONE;
        List<Sibling> holders = new ArrayList<>();
        for (int shard = 0; shard < 7; shard++) {
            Sibling holder = sibling(OURS);
            holders.add(holder);
            Piece piece = Piece.shard(shard);
            holder.fetch(
                    PieceRef.of(blob, manifest, piece),
                    Optional.of(manifest),
                    Sibling.holding(steward, Piece.WHOLE));
            spread = Elsewhere.with(spread, Sibling.holding(holder, piece));
        }
        List<Integer> wrong = List.of(0, 2, 4);
        for (int shard : wrong) {
            Sibling holder = holders.get(shard);
            var piece = PieceRef.of(otherBlob, otherManifest, Piece.shard(shard));
            holder.fetch(piece, Optional.of(otherManifest), Sibling.holding(steward, Piece.WHOLE));
            Files.copy(
                    file(holder, piece.key()),
                    file(holder, manifest.shards().get(shard)),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        var whole = PieceRef.whole(blob, LARGE);

        assertInstanceOf(
                Fetcher.Fetched.Kept.class, here.fetch(whole, Optional.of(manifest), spread));

        assertArrayEquals(content(LARGE), here.content(whole));
        for (int shard : wrong) {
            ContentHash key = manifest.shards().get(shard);
            awaitDamage(holders.get(shard), key);
        }
        ContentHash good = manifest.shards().get(1);
        assertFalse(holders.get(1).store.entry(good).orElseThrow().damaged());
    }

    private static void awaitDamage(Sibling holder, ContentHash key) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holder.store.entry(key).orElseThrow().damaged()) {
            assertTrue(System.nanoTime() < until, "nobody looks at " + key);
            Thread.onSpinWait();
        }
    }

    @Test
    void withFewerThanFourRightShardsNothingIsKept() throws IOException {
        Sibling steward = sibling(OURS);
        ContentHash blob = steward.put(content(LARGE));
        Manifest manifest = steward.encode(blob, LARGE);
        ContentHash otherBlob = steward.put(Arrays.copyOf(content(LARGE + 1), LARGE));
        Manifest otherManifest = steward.encode(otherBlob, LARGE);
        Sibling holder = sibling(OURS);
        Copies spread = Copies.NONE;
        for (int shard = 0; shard < 4; shard++) {
            Piece piece = Piece.shard(shard);
            for (var each :
                    List.of(
                            PieceRef.of(blob, manifest, piece),
                            PieceRef.of(otherBlob, otherManifest, piece))) {
                holder.fetch(each, Optional.empty(), Sibling.holding(steward, Piece.WHOLE));
            }
            spread = Elsewhere.with(spread, Sibling.holding(holder, piece));
        }
        Files.copy(
                file(holder, otherManifest.shards().get(3)),
                file(holder, manifest.shards().get(3)),
                StandardCopyOption.REPLACE_EXISTING);

        assertInstanceOf(
                Fetcher.Fetched.NotHad.class,
                here.fetch(PieceRef.whole(blob, LARGE), Optional.of(manifest), spread));
        assertTrue(here.lacks(blob));
    }
}
