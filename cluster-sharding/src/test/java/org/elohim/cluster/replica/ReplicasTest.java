package org.elohim.cluster.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import akka.cluster.typed.Cluster;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeKey;
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

    @TempDir Path directory;

    @Test
    void whatIsAtASiblingIsFoundAndReadThere() throws Exception {
        DocumentId document = document();
        try (var attic = node("attic");
                var cellar = node("cellar")) {
            List<SealedChange> changes = history(document, 5);
            attic.accept(document, changes);
            together(attic, cellar);

            var held = cellar.others.find(document).toCompletableFuture().join().orElseThrow();
            assertEquals(attic.id.toString(), held.node());
            assertEquals(5, held.changes());
            assertEquals("local", held.reach());
            assertEquals(List.of(changes.getLast().hash().toString()), held.heads());
            assertEquals(
                    Optional.empty(), cellar.others.find(document()).toCompletableFuture().join());
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
            assertEquals(
                    Optional.empty(), attic.others.find(document()).toCompletableFuture().join());
            assertTrue(Duration.ofNanos(System.nanoTime() - begun).toMillis() < 1_500);
        }
    }

    private FamilyNode node(String name) throws Exception {
        return new FamilyNode(Files.createDirectory(directory.resolve(name)));
    }

    private static void together(FamilyNode first, FamilyNode second) {
        first.join(first);
        second.join(first);
        await("each other", () -> isUp(first, 2) && isUp(second, 2));
        await("the way there", () -> reaches(second) == 1);
        await("the way back", () -> reaches(first) == 1);
    }

    private static int reaches(FamilyNode node) {
        return node.others.siblings().toCompletableFuture().join().size();
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
