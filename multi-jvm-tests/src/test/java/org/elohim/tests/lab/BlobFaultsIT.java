package org.elohim.tests.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.elohim.protocol.fault.BitRot;
import org.elohim.protocol.id.ContentHash;
import org.elohim.tests.NodeProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/// What becomes of blobs in a family of five real nodes of which one dies, fills up, goes for good,
/// is not heard or has a disk that rots.
///
/// One family plays it all, since starting it is what takes long: each test begins with five nodes
/// that see each other, and leaves whatever it has put for the others to find as it was.
@Tag("tools")
class BlobFaultsIT {
    private static final int NODES = 5;
    private static final int SMALL = 3_000;
    // Just above what is kept in shards.
    private static final int CODED = 270_000;
    // Long enough for its shards to have files of their own.
    private static final int LARGE = 5 << 20;
    private static final int SHARDS = 7;
    private static final List<String> ALL_SHARDS =
            IntStream.range(0, SHARDS).mapToObj(number -> "shard " + number).toList();
    private static final String WHOLE = "whole";
    // Of what is kept whole where there are so many nodes.
    private static final int COPIES = 4;
    private static final int BLOCK = 64 << 10;
    private static final int SMALL_DISK_MEGABYTES = 600;

    @RegisterExtension
    static final FamilyExtension LAB =
            FamilyExtension.forAll(Family.Setup.of(NODES).options("-Xmx128m"));

    private static final BlobOwner OWNER = new BlobOwner();

    private static List<FamilyNode> nodes() {
        return LAB.family().nodes();
    }

    private static List<FamilyNode> allBut(FamilyNode... some) {
        List<FamilyNode> others = new ArrayList<>(nodes());
        others.removeAll(List.of(some));
        return others;
    }

    @BeforeEach
    void allAreThere() throws IOException {
        FamilyNode last = nodes().getLast();
        if (last.idOnceStarted().isEmpty()) {
            Files.createDirectories(last.data());
            last.machine().mount(last.data(), SMALL_DISK_MEGABYTES);
        }
        // Five that begin at once would begin five clusters, and merge them one after the other.
        FamilyNode first = nodes().getFirst();
        if (!first.isRunning()) {
            first.start();
            first.awaitReady();
        }
        List<FamilyNode> missing = nodes().stream().filter(each -> !each.isRunning()).toList();
        missing.forEach(FamilyNode::start);
        missing.forEach(FamilyNode::awaitReady);
        nodes().forEach(each -> BlobOwner.awaitHolders(each, NODES));
    }

    /// New blobs at each of these nodes, small and in shards, which nobody has read yet: a copy
    /// that was fetched for a reader stays with him for a while, and would hide what is missing.
    private static List<ContentHash> putAt(List<FamilyNode> nodes) {
        List<CompletableFuture<ContentHash>> putting = new ArrayList<>();
        for (FamilyNode each : nodes) {
            for (int length : List.of(SMALL, CODED)) {
                byte[] content = OWNER.content(length);
                putting.add(
                        CompletableFuture.supplyAsync(
                                () -> OWNER.put(each, content), Thread::startVirtualThread));
            }
        }
        List<ContentHash> put = putting.stream().map(CompletableFuture::join).toList();
        put.forEach(each -> awaitSpread(nodes.getFirst(), each));
        return put;
    }

    private static long wholes(JsonNode where) {
        return BlobOwner.pieces(where).stream().filter(WHOLE::equals).count();
    }

    private static boolean isSmall(JsonNode where) {
        return where.path("size").asInt() == SMALL;
    }

    private static void awaitSpread(FamilyNode asked, ContentHash blob) {
        NodeProcess.await(
                () -> "the copies of a blob: " + BlobOwner.where(asked, blob),
                () -> isSpread(BlobOwner.where(asked, blob)));
    }

    private static boolean isSpread(JsonNode where) {
        return where.path("tier").asText().equals("durable")
                && (isSmall(where)
                        ? wholes(where) >= COPIES
                        : BlobOwner.pieces(where).containsAll(ALL_SHARDS));
    }

    @Test
    @DisplayName(
            "R-03, R-09: whichever of five nodes is killed, each of the others gives every blob"
                    + " byte for byte meanwhile")
    void whicheverNodeIsKilledTheOthersGiveEveryBlob() {
        for (FamilyNode killed : nodes()) {
            Set<String> holders = new TreeSet<>();
            for (ContentHash each : putAt(nodes())) {
                holders.addAll(BlobOwner.holders(BlobOwner.where(killed, each)));
            }
            assertEquals(NODES, holders.size(), holders.toString());

            killed.kill();

            OWNER.assertReadsAll(allBut(killed));
            killed.start();
            killed.awaitReady();
            nodes().forEach(each -> BlobOwner.awaitHolders(each, NODES));
        }
    }

    @Test
    @DisplayName(
            "R-07: a sibling without room stops nobody; why nothing gets durable is said in words,"
                    + " and copies are made once there is room")
    void aFullSiblingStopsNobodyAndIsFilledOnceItHasRoom() throws IOException {
        FamilyNode attic = nodes().getFirst();
        FamilyNode full = nodes().getLast();
        List<FamilyNode> others = allBut(attic, full);
        Path filler = full.machine().seen(full.data().resolve("filler"));
        putAt(nodes());
        FullDisk.by(filler);
        NodeProcess.await(
                "a put that is not given to the full node",
                () -> {
                    ContentHash blob = OWNER.put(attic, OWNER.content(SMALL));
                    return !BlobOwner.holders(BlobOwner.where(attic, blob)).contains(full.nodeId());
                });
        byte[] elsewhere = OWNER.content(LARGE);
        ContentHash large = OWNER.put(attic, elsewhere);
        assertFalse(
                BlobOwner.holders(BlobOwner.where(attic, large)).contains(full.nodeId()),
                () -> BlobOwner.where(attic, large).toString());
        OWNER.assertReadsAll(allBut(full));

        others.forEach(FamilyNode::pause);
        BlobOwner.awaitHolders(attic, 2);
        List<byte[]> waiting = List.of(OWNER.content(SMALL), OWNER.content(LARGE));
        for (byte[] content : waiting) {
            JsonNode put = OWNER.put(attic, content, 1);
            assertEquals("accepted", put.path("tier").asText(), put.toString());
            assertEquals(
                    "1 of 5 nodes hold some of it; 3 cannot be reached, 1 have no room",
                    put.path("why").asText());
            assertTrue(OWNER.isRead(attic, BlobOwner.hash(content)));
        }
        Files.delete(filler);
        for (byte[] content : waiting) {
            ContentHash blob = OWNER.put(attic, content);
            assertTrue(
                    BlobOwner.holders(BlobOwner.where(attic, blob)).contains(full.nodeId()),
                    () -> BlobOwner.where(attic, blob).toString());
        }
        others.forEach(FamilyNode::resume);
        nodes().forEach(each -> BlobOwner.awaitHolders(each, NODES));
        OWNER.assertReadsAll(nodes());
    }

    @Test
    @DisplayName(
            "R-14: what a node held that goes for good is made again at the others, which count it"
                    + " no more, also after a restart")
    void whatIsHeldByWhoGoesForGoodIsMadeAgain() throws IOException {
        FamilyNode attic = nodes().getFirst();
        FamilyNode dead = nodes().get(3);
        String gone = dead.nodeId();
        List<ContentHash> put = putAt(nodes());
        dead.kill();
        NodeProcess.await(
                "the dead one to be missed",
                () -> BlobOwner.told(attic, "/cluster/members").toString().contains("lost"));

        assertEquals(
                200,
                attic.send("POST", "/cluster/remove", "{\"node\":\"" + gone + "\"}").statusCode());

        for (ContentHash each : put) {
            awaitSpread(attic, each);
        }
        attic.stop();
        attic.start();
        attic.awaitReady();
        for (FamilyNode each : allBut(dead)) {
            BlobOwner.awaitHolders(each, NODES - 1);
            for (ContentHash blob : put) {
                NodeProcess.await(
                        each.name() + " to forget who is gone",
                        () -> !BlobOwner.where(each, blob).toString().contains(gone));
            }
            // Where somebody may know it who cannot be asked, it is not said that nobody has it.
            assertEquals(404, OWNER.read(each, BlobOwner.hash(OWNER.content(9))).statusCode());
        }
        dead.wipe();
        dead.start();
        dead.awaitReady();
        nodes().forEach(each -> BlobOwner.awaitHolders(each, NODES));
        OWNER.assertReadsAll(nodes());
    }

    @Test
    @DisplayName(
            "R-01: a line that goes dumb under a fetch costs the read nothing but time where others"
                    + " have the rest, and is told in words where nobody has")
    void aFetchWhoseLineGoesDumbGoesOnOrFailsInWords() throws Exception {
        FamilyNode attic = nodes().get(0);
        FamilyNode cellar = nodes().get(1);
        ContentHash blob = OWNER.put(nodes().get(2), OWNER.content(LARGE));
        awaitSpread(attic, blob);
        JsonNode where = BlobOwner.where(attic, blob);
        FamilyNode source = sourceOfFirstShards(where, attic);
        CompletableFuture<Boolean> atAttic = readSlowly(attic, blob);
        CompletableFuture<Boolean> atCellar = readSlowly(cellar, blob);

        Family.cut(source, attic);
        allBut(cellar).forEach(each -> Family.cut(each, cellar));

        assertFalse(atCellar.get());
        boolean hasCome = atAttic.get();
        attic.machine().unlimited();
        cellar.machine().unlimited();
        NodeProcess.await("the blob at the attic", () -> hasCome || OWNER.isRead(attic, blob));
        assertFalse(OWNER.isRead(cellar, blob));
        Family.heal(source, attic);
        allBut(cellar).forEach(each -> Family.heal(each, cellar));
        NodeProcess.await("the blob at the cellar", () -> OWNER.isRead(cellar, blob));
        nodes().forEach(each -> BlobOwner.awaitHolders(each, NODES));
        OWNER.assertReadsAll(nodes());
    }

    // Of shards that hold content the first are read, wherever they are.
    private static FamilyNode sourceOfFirstShards(JsonNode where, FamilyNode reader) {
        for (int shard = 0; shard < SHARDS; shard++) {
            for (JsonNode holder : where.path("nodes")) {
                if (holder.path("pieces").toString().contains("shard " + shard)
                        && !holder.path("node").asText().equals(reader.nodeId())) {
                    return nodes().stream()
                            .filter(each -> each.nodeId().equals(holder.path("node").asText()))
                            .findFirst()
                            .orElseThrow();
                }
            }
        }
        throw new AssertionError("no shards: " + where);
    }

    /// Begins a read, and returns once some of it has come.
    private static CompletableFuture<Boolean> readSlowly(FamilyNode reader, ContentHash blob)
            throws IOException {
        reader.machine().limit(3_000);
        long before = reader.machine().receivedBytes();
        var reading =
                CompletableFuture.supplyAsync(
                        () -> OWNER.isRead(reader, blob), Thread::startVirtualThread);
        NodeProcess.await("a part of the blob", () -> received(reader) > before + (1 << 20));
        return reading;
    }

    private static long received(FamilyNode node) {
        try {
            return node.machine().receivedBytes();
        } catch (IOException gone) {
            throw new AssertionError(gone);
        }
    }

    @Test
    @DisplayName(
            "R-08: what has rotted on one node's disk is served by nobody, read everywhere all the"
                    + " same, and made again")
    void whatHasRottedIsServedByNobodyAndMadeAgain() throws IOException {
        FamilyNode rotten = nodes().get(2);
        List<byte[]> small = new ArrayList<>();
        List<ContentHash> put = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            small.add(OWNER.content(SMALL));
            put.add(OWNER.put(rotten, small.getLast()));
        }
        byte[] coded = OWNER.content(CODED);
        put.add(OWNER.put(nodes().getFirst(), coded));
        put.add(OWNER.put(nodes().getFirst(), OWNER.content(LARGE)));
        put.forEach(each -> awaitSpread(rotten, each));
        rotten.stop();
        Path blobs = rotten.data().resolve("blobs");
        for (byte[] each : small) {
            assertEquals(1, BitRot.of(each, blobs));
        }
        for (int at = 0; at + BLOCK <= coded.length; at += BLOCK) {
            BitRot.of(Arrays.copyOfRange(coded, at, at + BLOCK), blobs);
        }
        assertTrue(BitRot.ofLargeBlobs(blobs) > 0);
        // As if its day had come.
        Files.deleteIfExists(blobs.resolve("scrub"));

        rotten.start();
        rotten.awaitReady();
        // What it cannot give from its disk it has to be able to get.
        BlobOwner.awaitHolders(rotten, NODES);

        OWNER.assertReadsAll(nodes());
        NodeProcess.await(
                () -> "it to be healed: " + BlobOwner.told(rotten, "/storage/stats"),
                () -> isHealed(BlobOwner.told(rotten, "/storage/stats"), small.size()));
        put.forEach(each -> awaitSpread(rotten, each));
        OWNER.assertReadsAll(nodes());
    }

    // Copies that were let go, or fetched for a reader, lie there for a while and may have rotted,
    // too: nobody counts on them, and nobody heals them.
    private static boolean isHealed(JsonNode stats, int atLeast) {
        JsonNode waiting = stats.path("replication").path("waiting");
        return stats.path("scrub").has("last_pass")
                && stats.path("scrub").path("healed").asInt() >= atLeast
                && waiting.path("urgent").asInt(1) == 0
                && waiting.path("repair").asInt(1) == 0
                && waiting.path("fresh").asInt(1) == 0;
    }
}
