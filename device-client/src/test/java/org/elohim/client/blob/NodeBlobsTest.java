package org.elohim.client.blob;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

class NodeBlobsTest {
    private static final int PART_BYTES = 1 << 20;
    private static final BlobOptions PATIENT =
            new BlobOptions(
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    Duration.ofMillis(1),
                    PART_BYTES);
    private static final BlobOptions ONCE =
            new BlobOptions(
                    Duration.ofMillis(300), Duration.ZERO, Duration.ofMillis(1), PART_BYTES);

    @TempDir Path directory;
    private BlobNode node;

    @BeforeEach
    void start() throws IOException {
        node = new BlobNode();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private NodeBlobs blobs(BlobOptions options) {
        return new NodeBlobs(node.base(), BlobNode.TOKEN, options);
    }

    private static byte[] content(int bytes) {
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        return content;
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(directory.resolve("file"), content);
    }

    private static ContentHash hash(byte[] content) {
        return ContentHash.of(Bytes.copyOf(content));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void contentsOfAllLengthsComeThereAndBack() throws IOException {
        for (int length : new int[] {0, 1, 1000, 1 << 20, (1 << 20) + 1, 3_500_000}) {
            byte[] content = content(length);

            var kept = new BlobPut.Kept(hash(content), length, Reach.DEFAULT, Tier.ACCEPTED, "");
            assertEquals(kept, blobs(PATIENT).put(file(content), BlobProgress.NONE));
            assertArrayEquals(content, node.blob(hash(content)));

            Path copy = directory.resolve("copy");
            BlobGot got = blobs(PATIENT).get(hash(content), copy, BlobProgress.NONE);
            assertEquals(new BlobGot.Received(length), got);
            assertArrayEquals(content, Files.readAllBytes(copy));
            assertEquals(List.of("copy", "file"), files());
        }
    }

    @Test
    void anUploadThatIsCutGoesOnWhereTheNodeStands() throws IOException {
        byte[] content = content(4_000_000);
        node.cutAfter(1_500_000);

        assertInstanceOf(BlobPut.Kept.class, blobs(PATIENT).put(file(content), BlobProgress.NONE));

        assertArrayEquals(content, node.blob(hash(content)));
        String path = "/blobs/" + hash(content);
        assertEquals(
                2, node.requests().stream().filter(("GET " + path + "/upload")::equals).count());
        assertTrue(
                node.requests().contains("PUT " + path + " bytes 1500000-2548575/4000000"),
                node.requests().toString());
    }

    @Test
    void anUploadGoesOnAfterTheEndOfItsProcess() throws IOException {
        byte[] content = content(3_000_000);
        node.cutAfter(2_000_000);
        assertInstanceOf(
                BlobPut.Unreachable.class, blobs(ONCE).put(file(content), BlobProgress.NONE));
        int before = node.requests().size();

        assertInstanceOf(BlobPut.Kept.class, blobs(ONCE).put(file(content), BlobProgress.NONE));

        assertEquals(
                List.of(
                        "GET /blobs/" + hash(content) + "/upload",
                        "PUT /blobs/" + hash(content) + " bytes 2000000-2999999/3000000"),
                node.requests().subList(before, node.requests().size()));
    }

    @Test
    void aNodeThatHasForgottenWhatCameGetsItOnceMore() throws IOException {
        byte[] content = content(3_000_000);
        node.once(
                request -> request.contains(" bytes 2097152-"),
                exchange -> {
                    node.forgetBegun();
                    exchange.getRequestBody().readAllBytes();
                    BlobNode.answer(exchange, 409, "{\"offset\":0}");
                });

        assertInstanceOf(BlobPut.Kept.class, blobs(PATIENT).put(file(content), BlobProgress.NONE));

        assertArrayEquals(content, node.blob(hash(content)));
    }

    @Test
    void whatIsThereAlreadyIsNotSent() throws IOException {
        byte[] content = content(2_000_000);
        node.keep(content);

        BlobPut put = blobs(ONCE).put(file(content), BlobProgress.NONE);

        assertInstanceOf(BlobPut.Kept.class, put);
        assertEquals(List.of("GET /blobs/" + hash(content) + "/upload"), node.requests());
    }

    @Test
    void aBusyNodeIsAskedAgainAndOneThatSaysNoIsNot() throws IOException {
        byte[] content = content(100);
        node.once(_ -> true, BlobNode.problem(503, "too much at once", "Retry-After", "1"));
        assertInstanceOf(BlobPut.Kept.class, blobs(PATIENT).put(file(content), BlobProgress.NONE));
        assertEquals(2, node.requests().size());

        node.once(_ -> true, BlobNode.problem(507, "the disk is full"));
        assertEquals(
                new BlobPut.Refused("the disk is full"),
                blobs(PATIENT).put(file(content), BlobProgress.NONE));
        assertEquals(3, node.requests().size());
    }

    @Test
    void aNodeThatNeverComesFurtherIsGivenUp() throws IOException {
        byte[] content = content(2_000_000);
        for (int i = 0; i < 5; i++) {
            node.once(
                    request -> request.startsWith("PUT"),
                    exchange -> {
                        exchange.getRequestBody().readAllBytes();
                        BlobNode.answer(exchange, 202, "{\"offset\":0}");
                    });
        }
        BlobPut put = blobs(ONCE).put(file(content), BlobProgress.NONE);

        assertInstanceOf(BlobPut.Unreachable.class, put);
    }

    @Test
    void anOffsetThatCannotBeIsRefused() throws IOException {
        byte[] content = content(2_000_000);
        node.once(
                request -> request.endsWith("/upload"),
                exchange -> BlobNode.answer(exchange, 200, "{\"offset\":99999999999}"));
        assertInstanceOf(
                BlobPut.Refused.class, blobs(PATIENT).put(file(content), BlobProgress.NONE));
    }

    @Test
    void aSilentNodeAndNoNodeAreToldInWords() throws IOException {
        byte[] content = content(100);
        node.once(_ -> true, node.silent());
        var silent =
                assertInstanceOf(
                        BlobPut.Unreachable.class,
                        blobs(ONCE).put(file(content), BlobProgress.NONE));
        assertTrue(silent.reason().contains("nothing was heard"), silent.reason());

        URI gone = node.base();
        node.close();
        var nobody =
                assertInstanceOf(
                        BlobGot.Unreachable.class,
                        new NodeBlobs(gone, "", ONCE)
                                .get(hash(content), directory.resolve("x"), BlobProgress.NONE));
        assertEquals("nothing answers at " + gone, nobody.reason());
        assertEquals(List.of("file"), files());
    }

    @Test
    void whoHasNoTokenIsToldSo() throws IOException {
        var stranger = new NodeBlobs(node.base(), "", PATIENT);
        assertEquals(
                new BlobPut.Refused("no token"),
                stranger.put(file(content(10)), BlobProgress.NONE));
        assertEquals(
                new BlobGot.Refused("no token"),
                stranger.get(hash(content(10)), directory.resolve("x"), BlobProgress.NONE));
        assertEquals(new BlobWhere.Refused("no token"), stranger.where(hash(content(10))));
    }

    @Test
    void aFileThatIsNotThereIsNoMatterOfTheNode() {
        assertThrows(
                NoSuchFileException.class,
                () -> blobs(ONCE).put(directory.resolve("none"), BlobProgress.NONE));
        assertEquals(List.of(), node.requests());
    }

    @Test
    void aDownloadThatIsCutGoesOnAndHasNoNameBefore() throws IOException {
        byte[] content = content(2_000_000);
        ContentHash hash = node.keep(content);
        node.cutAfter(700_000);
        Path target = directory.resolve("film");

        assertInstanceOf(
                BlobGot.Unreachable.class, blobs(ONCE).get(hash, target, BlobProgress.NONE));
        assertFalse(Files.exists(target));
        assertEquals(1, files().size());
        Path part = directory.resolve(files().getFirst());
        long have = Files.size(part);
        assertTrue(have > 0 && have <= 700_000, "have=" + have);

        assertEquals(
                new BlobGot.Received(content.length),
                blobs(ONCE).get(hash, target, BlobProgress.NONE));
        assertEquals("GET /blobs/" + hash + " bytes=" + have + "-", node.requests().getLast());
        assertArrayEquals(content, Files.readAllBytes(target));
        assertEquals(List.of("film"), files());
    }

    @Test
    void withPatienceACutIsNotSeen() throws IOException {
        byte[] content = content(2_000_000);
        ContentHash hash = node.keep(content);
        node.cutAfter(1_000_000);
        var out = new ByteArrayOutputStream();

        assertEquals(
                new BlobGot.Received(content.length),
                blobs(PATIENT).get(hash, out, BlobProgress.NONE));

        assertArrayEquals(content, out.toByteArray());
    }

    @Test
    void whoeverKnowsNoRangesSendsAllOfItAgain() throws IOException {
        byte[] content = content(1_000_000);
        ContentHash hash = node.keep(content);
        node.ignoreRanges();
        node.cutAfter(400_000);
        var out = new ByteArrayOutputStream();
        assertEquals(
                new BlobGot.Received(content.length),
                blobs(PATIENT).get(hash, out, BlobProgress.NONE));
        assertArrayEquals(content, out.toByteArray());

        node.cutAfter(400_000);
        Path target = directory.resolve("film");
        assertEquals(
                new BlobGot.Received(content.length),
                blobs(PATIENT).get(hash, target, BlobProgress.NONE));
        assertArrayEquals(content, Files.readAllBytes(target));
    }

    @Test
    void aPartThatWasSpoiledOnTheOwnDiskIsGotOnceMore() throws IOException {
        byte[] content = content(1_000_000);
        ContentHash hash = node.keep(content);
        Path target = directory.resolve("film");
        for (int length : new int[] {300_000, 1_000_000, 1_200_000}) {
            Path part = directory.resolve(".film." + hash.toString().substring(0, 16) + ".part");
            Files.write(part, content(length));

            assertEquals(
                    new BlobGot.Received(content.length),
                    blobs(PATIENT).get(hash, target, BlobProgress.NONE));

            assertArrayEquals(content, Files.readAllBytes(target));
            assertEquals(List.of("film"), files());
        }
    }

    @Test
    void aContentThatIsNotWhatItsNameSaysGetsNoName() throws IOException {
        ContentHash hash = hash(content(5000));
        node.spoil(hash, content(5001));
        Path target = directory.resolve("film");

        assertInstanceOf(
                BlobGot.Refused.class, blobs(PATIENT).get(hash, target, BlobProgress.NONE));
        assertEquals(List.of(), files());
        assertInstanceOf(
                BlobGot.Refused.class,
                blobs(PATIENT).get(hash, OutputStream.nullOutputStream(), BlobProgress.NONE));
    }

    @Test
    void whatTheNodeDoesNotKnowLeavesNothingBehind() throws IOException {
        ContentHash hash = hash(content(7));
        assertEquals(
                new BlobGot.Absent(),
                blobs(PATIENT).get(hash, directory.resolve("film"), BlobProgress.NONE));
        assertEquals(List.of(), files());
        assertEquals(new BlobWhere.Absent(), blobs(PATIENT).where(hash));
    }

    @Test
    void aStreamThatFailsIsNoMatterOfTheNode() {
        ContentHash hash = node.keep(content(100));
        var full =
                new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        throw new IOException("no space left");
                    }
                };
        var failed =
                assertThrows(
                        IOException.class, () -> blobs(PATIENT).get(hash, full, BlobProgress.NONE));
        assertEquals("no space left", failed.getMessage());
        assertEquals(1, node.requests().size());
    }

    private static String held(String tier) {
        return ("{\"size\":100,\"tier\":\"%s\",\"nodes\":"
                        + "[{\"node\":\"n1\",\"pieces\":[\"whole\"],\"confirmed\":true,"
                        + "\"good_since\":\"2026-11-29T10:00:00Z\"}],"
                        + "\"unheard\":[\"n2\"]}")
                .formatted(tier);
    }

    @Test
    void itIsWaitedForOthersToHoldIt() throws IOException {
        byte[] content = content(100);
        for (String tier : List.of("accepted", "durable")) {
            node.once(
                    request -> request.endsWith("/where"),
                    exchange -> BlobNode.answer(exchange, 200, held(tier)));
        }
        List<BlobProgress.Stage> stages = new ArrayList<>();

        BlobPut put =
                blobs(PATIENT)
                        .put(
                                file(content),
                                (stage, _, _) -> stages.add(stage),
                                Tier.DURABLE,
                                Duration.ofSeconds(30));

        assertEquals(new BlobPut.Kept(hash(content), 100, Reach.DEFAULT, Tier.DURABLE, ""), put);
        assertEquals(BlobProgress.Stage.WAITING, stages.getLast());
        assertEquals(
                "PUT /blobs/" + hash(content) + "?await=durable&timeout=30",
                node.requests().getFirst());
    }

    @Test
    void eachPartSaysHowFarItMayTravel() throws IOException {
        byte[] content = content(1_500_000);
        node.once(
                request -> request.endsWith("/upload?reach=commons"),
                exchange -> BlobNode.answer(exchange, 200, "{\"offset\":0,\"complete\":false}"));
        BlobPut put =
                blobs(PATIENT)
                        .put(
                                file(content),
                                Optional.of(Reach.COMMONS),
                                BlobProgress.NONE,
                                Tier.ACCEPTED,
                                Duration.ZERO);
        assertInstanceOf(BlobPut.Kept.class, put);
        for (String request : node.requests()) {
            assertTrue(request.contains("?reach=commons"), request);
        }
        node.once(
                request -> request.startsWith("PUT"),
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    BlobNode.answer(exchange, 201, "{\"tier\":\"durable\",\"reach\":\"local\"}");
                });
        byte[] small = content(100);
        assertEquals(
                new BlobPut.Kept(hash(small), 100, Reach.LOCAL, Tier.DURABLE, ""),
                blobs(PATIENT)
                        .put(
                                file(small),
                                Optional.of(Reach.INVITED),
                                BlobProgress.NONE,
                                Tier.DURABLE,
                                Duration.ofSeconds(3)));
        assertEquals(
                "PUT /blobs/" + hash(small) + "?reach=invited&await=durable&timeout=3",
                node.requests().getLast());
    }

    @Test
    void aNodeThatDoesNotTellWhereABlobIsHasItAllTheSame() throws IOException {
        byte[] content = content(100);
        ContentHash hash = node.keep(content);
        var where = assertInstanceOf(BlobWhere.Refused.class, blobs(ONCE).where(hash));
        assertEquals(
                new BlobPut.Kept(hash, 100, Reach.DEFAULT, Tier.ACCEPTED, where.reason()),
                blobs(PATIENT)
                        .put(
                                file(content),
                                BlobProgress.NONE,
                                Tier.DURABLE,
                                Duration.ofSeconds(30)));
    }

    @Test
    void whereLessIsReachedThanWasWantedItIsSaidWhy() throws IOException {
        byte[] content = content(100);
        node.once(
                request -> request.endsWith("/where"),
                exchange -> BlobNode.answer(exchange, 200, held("accepted")));
        assertEquals(
                new BlobPut.Kept(
                        hash(content),
                        100,
                        Reach.DEFAULT,
                        Tier.ACCEPTED,
                        "not enough other nodes hold it yet; not reached: n2"),
                blobs(PATIENT).put(file(content), BlobProgress.NONE, Tier.DURABLE, Duration.ZERO));
        node.once(
                request -> request.startsWith("PUT"),
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    BlobNode.answer(
                            exchange, 201, "{\"tier\":\"accepted\",\"why\":\"it is alone\"}");
                });
        assertEquals(
                new BlobPut.Kept(hash(content), 100, Reach.DEFAULT, Tier.ACCEPTED, "it is alone"),
                blobs(PATIENT)
                        .put(
                                file(content),
                                BlobProgress.NONE,
                                Tier.DURABLE,
                                Duration.ofSeconds(30)));
    }

    @Test
    void whoHoldsWhatIsToldAsTheNodeKnowsIt() throws IOException {
        byte[] content = content(100);
        ContentHash hash = node.keep(content);
        node.once(
                request -> request.endsWith("/where"),
                exchange -> BlobNode.answer(exchange, 200, held("durable")));
        assertEquals(
                new BlobWhere.Held(
                        hash,
                        100,
                        Optional.empty(),
                        Tier.DURABLE,
                        List.of(
                                new BlobWhere.Holder(
                                        "n1",
                                        List.of("whole"),
                                        true,
                                        Optional.of(Instant.parse("2026-11-29T10:00:00Z")))),
                        List.of("n2")),
                blobs(ONCE).where(hash));
    }

    @Test
    void progressIsToldOfAllStagesUpToTheEnd() throws IOException {
        byte[] content = content(2_000_000);
        List<String> told = new ArrayList<>();
        BlobProgress progress =
                (stage, done, total) -> {
                    synchronized (told) {
                        told.add(stage + " " + done + "/" + total);
                    }
                };
        blobs(PATIENT).put(file(content), progress);
        blobs(PATIENT).get(hash(content), directory.resolve("copy"), progress);

        for (String stage : List.of("HASHING", "SENDING", "RECEIVING")) {
            assertTrue(told.contains(stage + " 2000000/2000000"), told.toString());
        }
    }
}
