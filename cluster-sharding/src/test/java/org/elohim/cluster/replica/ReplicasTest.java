package org.elohim.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import akka.cluster.typed.Cluster;

import org.elohim.cluster.sync.Device;
import org.elohim.cluster.sync.SyncCounters;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Two nodes of a family in one process, each with its own journal and actors.
class ReplicasTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CHANGE_BYTES = 50_000;
    private static final Scope ADMIN = new Scope.Admin();

    @TempDir Path directory;

    @Test
    void whatIsAtASiblingIsFoundAndReadThere() throws Exception {
        DocumentId document = document();
        try (var attic = node("attic");
                var cellar = node("cellar")) {
            List<SealedChange> changes = history(document, 5);
            attic.accept(document, changes);
            together(attic, cellar);

            var held = found(cellar, document).held().orElseThrow();
            assertEquals(attic.id.toString(), held.node());
            assertEquals(5, held.changes());
            assertEquals("local", held.reach());
            assertEquals(List.of(changes.getLast().hash().toString()), held.heads());
            assertEquals(ReadThrough.Found.NOWHERE, found(cellar, document()));
            assertInstanceOf(
                    DocumentReplica.Answer.NotHeld.class,
                    cellar.ask(cellar.id, document, DocumentReplica.Question.Describe::new));

            assertEquals(
                    changes.stream().map(SealedChange::bytes).toList(),
                    readAll(cellar, attic, document));
            assertEquals(
                    "Attic",
                    assertInstanceOf(
                                    NodeReplica.Answer.Registered.class, cellar.askRecord(attic.id))
                            .displayName());

            NodeId phone = NodeKey.generate().id();
            attic.device(phone, ADMIN).await(SyncMessage.Hello.class);
            assertTrue(
                    assertInstanceOf(
                                    PeerReplica.Answer.Related.class,
                                    cellar.askPeer(attic.id, phone.toString()))
                            .connected());
            for (String stranger : List.of(NodeKey.generate().id().toString(), "nobody")) {
                assertInstanceOf(
                        PeerReplica.Answer.Unrelated.class, cellar.askPeer(attic.id, stranger));
            }
        }
    }

    // Each page asks for what is lacking behind the one before.
    private static List<Bytes> readAll(FamilyNode asking, FamilyNode asked, DocumentId document) {
        var all = new ArrayList<Bytes>();
        List<String> heads = List.of();
        while (true) {
            List<String> known = heads;
            var page =
                    assertInstanceOf(
                            DocumentReplica.Answer.Page.class,
                            asking.ask(
                                    asked.id,
                                    document,
                                    to -> new DocumentReplica.Question.Read(known, to)));
            if (page.changes().isEmpty()) {
                return all;
            }
            long bytes = page.changes().stream().mapToLong(Bytes::size).sum();
            assertTrue(bytes <= DocumentReplica.PAGE_BYTES_MAX, () -> "bytes=" + bytes);
            all.addAll(page.changes());
            heads = List.of(hash(all.getLast()));
        }
    }

    private static String hash(Bytes change) {
        return switch (Change.parse(change)) {
            case Decoded.Parsed<? extends Change>(var parsed) -> parsed.hash().toString();
            case Decoded.Malformed<? extends Change>(var reason) -> fail(reason);
        };
    }

    /// What sharding needs of other members is nothing.
    @Test
    void withTheSiblingCutOffLocalReplicasKeepStarting() throws Exception {
        DocumentId document = document();
        try (var attic = node("attic");
                var cellar = node("cellar")) {
            attic.accept(document, history(document, 1));
            together(attic, cellar);
            cellar.die();
            await(
                    "the cellar to be missed",
                    () -> !Cluster.get(attic.system).state().getUnreachable().isEmpty());

            assertInstanceOf(
                    DocumentReplica.Answer.Held.class,
                    attic.ask(attic.id, document, DocumentReplica.Question.Describe::new));
            for (int i = 0; i < 100; i++) {
                assertInstanceOf(
                        DocumentReplica.Answer.NotHeld.class,
                        attic.ask(attic.id, document(), DocumentReplica.Question.Describe::new));
            }
            long begun = System.nanoTime();
            ReadThrough.Found found = found(attic, document());
            assertTrue(Duration.ofNanos(System.nanoTime() - begun).toMillis() < 1_500);
            assertEquals(new ReadThrough.Found(Optional.empty(), List.of(cellar.id)), found);
            // Neither does a device wait longer, and what it asks for next is served.
            Device phone = attic.device(ADMIN);
            assertEquals(List.of(), asked(phone, document(), List.of()));
            assertEquals(1, asked(phone, document, List.of()).size());
        }
    }

    private static ReadThrough.Found found(FamilyNode node, DocumentId document) {
        return node.others.find(document).toCompletableFuture().join();
    }

    @Test
    void aDeviceGetsWhatIsStillAtASiblingAndFromThenOnItIsHere() throws Exception {
        DocumentId absent = document();
        DocumentId begun = document();
        DocumentId shown = document();
        try (var attic = node("attic");
                var cellar = node("cellar")) {
            List<SealedChange> changes = history(absent, 8);
            List<SealedChange> more = history(begun, 5);
            attic.accept(absent, changes);
            attic.accept(begun, more);
            attic.accept(shown, history(shown, 1));
            // The beginning has come, the rest is on its way.
            cellar.accept(begun, more.subList(0, 2));
            together(attic, cellar);

            // All are of reach local, which this token does not reach.
            Device guest = cellar.device(Scope.parse("read:reach:commons"));
            assertEquals(List.of(), asked(guest, shown, List.of()));
            assertInstanceOf(DocumentReplica.Answer.NotHeld.class, described(cellar, shown));
            assertEquals(0, obtained(cellar));

            // Each page is asked for, and the sibling with it; but it has come with the first.
            Device phone = cellar.device(ADMIN);
            assertEquals(bytes(changes), whole(phone, absent));
            assertEquals(1, obtained(cellar));
            assertEquals(bytes(more), whole(phone, begun));
            assertEquals(2, obtained(cellar));

            attic.die();
            Device laptop = cellar.device(ADMIN);
            assertEquals(bytes(changes), whole(laptop, absent));
            var held =
                    assertInstanceOf(DocumentReplica.Answer.Held.class, described(cellar, absent));
            assertEquals("local", held.reach());
            assertEquals(1, held.turn());
        }
    }

    @Test
    void anObserverBringsOverWhatBelongsToItsPartAndNothingElse() throws Exception {
        DocumentId mine = document();
        DocumentId others = document();
        try (var attic = node("attic");
                var shed =
                        new FamilyNode(
                                Files.createDirectory(directory.resolve("shed")),
                                List.of(Part.parse("document:" + mine)))) {
            attic.accept(mine, history(mine, 1));
            attic.accept(others, history(others, 1));
            together(attic, shed);

            Device phone = shed.device(ADMIN);
            assertEquals(1, asked(phone, mine, List.of()).size());
            assertEquals(List.of(), asked(phone, others, List.of()));
            assertInstanceOf(DocumentReplica.Answer.NotHeld.class, described(shed, others));
        }
    }

    private static DocumentReplica.Answer described(FamilyNode at, DocumentId document) {
        return at.ask(at.id, document, DocumentReplica.Question.Describe::new);
    }

    private static long obtained(FamilyNode node) {
        return node.counters.all().getOrDefault(SyncCounters.Counter.DOCUMENTS_OBTAINED, 0L);
    }

    private static List<Bytes> bytes(List<SealedChange> changes) {
        return changes.stream().map(SealedChange::bytes).toList();
    }

    private static List<Bytes> asked(Device device, DocumentId document, List<ContentHash> heads) {
        device.send(new SyncMessage.Need(document, heads, List.of()));
        SyncMessage.Changes answer = device.await(SyncMessage.Changes.class);
        assertEquals(document, answer.document());
        return answer.changes();
    }

    private static List<Bytes> whole(Device device, DocumentId document) {
        var all = new ArrayList<Bytes>();
        List<ContentHash> heads = List.of();
        while (true) {
            List<Bytes> page = asked(device, document, heads);
            if (page.isEmpty()) {
                return all;
            }
            all.addAll(page);
            heads = List.of(ContentHash.parse(hash(all.getLast())));
        }
    }

    private FamilyNode node(String name) throws Exception {
        return new FamilyNode(Files.createDirectory(directory.resolve(name)), List.of());
    }

    private static void together(FamilyNode first, FamilyNode second) {
        first.join(first);
        second.join(first);
        await("each other", () -> isUp(first, 2) && isUp(second, 2));
        await("the way there", () -> reaches(second) == 1);
        await("the way back", () -> reaches(first) == 1);
    }

    private static int reaches(FamilyNode node) {
        return node.others.siblings().toCompletableFuture().join().nodes().size();
    }

    private static boolean isUp(FamilyNode node, int members) {
        var up = new ArrayList<>();
        Cluster.get(node.system)
                .state()
                .getMembers()
                .forEach(
                        member -> {
                            if (member.status().equals(akka.cluster.MemberStatus.up())) {
                                up.add(member);
                            }
                        });
        return up.size() == members;
    }

    private static List<SealedChange> history(DocumentId document, int length) {
        NodeKey author = NodeKey.generate();
        var changes = new ArrayList<SealedChange>();
        for (int seq = 1; seq <= length; seq++) {
            changes.add(
                    SealedChange.sign(
                            document,
                            author.id().publicKey(),
                            seq,
                            changes.isEmpty() ? List.of() : List.of(changes.getLast().hash()),
                            Bytes.copyOf(new byte[CHANGE_BYTES]),
                            author::sign));
        }
        return changes;
    }

    private static DocumentId document() {
        byte[] random = new byte[DocumentId.SIZE_BYTES];
        new SecureRandom().nextBytes(random);
        return DocumentId.ofRandom(random);
    }

    private static void await(String what, BooleanSupplier happened) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!happened.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("waited in vain for " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
            }
        }
    }
}
