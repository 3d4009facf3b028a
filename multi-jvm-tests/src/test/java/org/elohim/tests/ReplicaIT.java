package org.elohim.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.Document;
import org.elohim.client.Reached;
import org.elohim.client.Replica;
import org.elohim.client.Subscription;
import org.elohim.client.store.LocalStore;
import org.elohim.crdt.Conflicts;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.PoisonedChange;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The SDK against real nodes.
class ReplicaIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path TITLE = Path.of("title");

    @TempDir java.nio.file.Path scratch;

    @Test
    void whatOneReplicaWritesTheOtherReads() throws Exception {
        try (var node = ready("node");
                var phone = replica("phone", "node", node);
                var laptop = replica("laptop", "node", node)) {
            Document note = phone.create();
            set(note, "Milk");
            assertEquals(new Reached(Optional.of(Tier.ACCEPTED), ""), accepted(note));
            assertTrue(phone.sync(PATIENCE).isLevel());
            // It waits as long as it may, since another node could come; the reason comes at once.
            NodeProcess.await(
                    "the reason",
                    () -> {
                        Reached alone = note.await(Tier.DURABLE, Duration.ofMillis(100));
                        assertEquals(Optional.of(Tier.ACCEPTED), alone.tier());
                        return alone.whyNotMore().contains("no other node that holds everything");
                    });

            var told = new AtomicInteger();
            Document copy = laptop.document(note.id());
            NodeProcess.await("the laptop", () -> reads(copy, "Milk"));
            try (Subscription _ = copy.subscribe(told::incrementAndGet)) {
                set(note, "Bread");
                NodeProcess.await("the news", () -> told.get() > 0 && reads(copy, "Bread"));
            }
            set(copy, "Eggs");
            NodeProcess.await("the way back", () -> reads(note, "Eggs"));
            assertEquals(note.heads(), copy.heads());
        }
    }

    @Test
    void editsGoOnWithoutTheNodeAndAllOfThemArriveOnceItIsBack() throws Exception {
        int port = freePort();
        try (var phone = Replica.open(scratch.resolve("phone"));
                var laptop = Replica.open(scratch.resolve("laptop"))) {
            Document note = phone.create();
            Document copy = laptop.document(note.id());
            set(note, "before all nodes");
            for (int round = 0; round < 3; round++) {
                try (var node = ready("node", port)) {
                    connect(phone, "node", node);
                    connect(laptop, "node", node);
                    for (int i = 0; i < 10; i++) {
                        setAt(note, "phone " + round + " " + i);
                        setAt(copy, "laptop " + round + " " + i);
                    }
                    node.signal("KILL");
                    node.awaitExit();
                }
                setAt(note, "phone alone " + round);
                setAt(copy, "laptop alone " + round);
            }
            assertTrue(phone.status().nodes().getFirst().unsent() > 0);
            try (var _ = ready("node", port)) {
                assertInstanceOf(Reached.class, accepted(note));
                NodeProcess.await(
                        "both to be level",
                        () ->
                                phone.status().isLevel()
                                        && laptop.status().isLevel()
                                        && note.heads().equals(copy.heads()));
                assertEquals(1 + 3 * 22, note.history().size());
                assertEquals(note.read(), copy.read());
            }
        }
    }

    @Test
    void aDeviceOfTwoNodesCarriesDocumentsFromOneToTheOther() throws Exception {
        try (var home = ready("home");
                var office = ready("office");
                var atHome = replica("at-home", "home", home);
                var atWork = replica("at-work", "office", office);
                var phone = replica("phone", "home", home)) {
            connect(phone, "office", office);
            Document note = atHome.create();
            set(note, "Milk");
            Document copy = atWork.document(note.id());
            NodeProcess.await("the way through the phone", () -> reads(copy, "Milk"));
            set(copy, "Bread");
            NodeProcess.await("the way back", () -> reads(note, "Bread"));
        }
    }

    @Test
    void aPoisonedChangeOfAnotherDeviceIsSetAsideAndAllGoesOn() throws Exception {
        ChangeChunk poison = PoisonedChange.by(Bytes.parseHex("ee".repeat(16)));
        try (var node = ready("node");
                var phone = replica("phone", "node", node);
                var laptop = replica("laptop", "node", node)) {
            Document note = phone.create();
            set(note, "Milk");
            Document copy = laptop.document(note.id());
            NodeProcess.await("the laptop", () -> reads(copy, "Milk"));

            write("phone", note.id(), poison);
            NodeProcess.await("the poison", () -> copy.history().contains(poison.hash()));
            assertEquals(Optional.of(new Value.Str("Milk")), copy.read(TITLE));
            assertEquals(Set.of(poison.hash()), copy.quarantined().keySet());

            set(copy, "Bread");
            NodeProcess.await("the phone", () -> reads(note, "Bread"));
        }
    }

    @Test
    void whatBothSetAtOnceIsAConflictOnBothUntilOneSetsItAgain() throws Exception {
        try (var phone = Replica.open(scratch.resolve("phone"));
                var laptop = Replica.open(scratch.resolve("laptop"))) {
            Document note = phone.create();
            set(note, "Bread");
            Document copy = laptop.document(note.id());
            set(copy, "Eggs");
            try (var node = ready("node")) {
                connect(phone, "node", node);
                connect(laptop, "node", node);
                NodeProcess.await(
                        "the conflict on both",
                        () ->
                                note.conflicts().listed().size() == 1
                                        && note.conflicts().equals(copy.conflicts()));

                set(note, "Bread and Eggs");
                NodeProcess.await("the decision", () -> reads(copy, "Bread and Eggs"));
                assertEquals(Conflicts.NONE, copy.conflicts());
                assertEquals(Conflicts.NONE, note.conflicts());
            }
        }
    }

    @Test
    void aDeletionAndARestoreReachAllDevices() throws Exception {
        try (var node = ready("node");
                var phone = replica("phone", "node", node);
                var laptop = replica("laptop", "node", node)) {
            Document note = phone.create();
            set(note, "Milk");
            Document copy = laptop.document(note.id());
            NodeProcess.await("the laptop", () -> reads(copy, "Milk"));

            assertTrue(copy.delete());
            NodeProcess.await("the deletion", note::isDeleted);
            assertInstanceOf(Edited.Refused.class, note.edit(edit -> edit.delete(TITLE)));
            assertTrue(note.restore());
            NodeProcess.await("the restore", () -> reads(copy, "Milk"));
            set(copy, "Bread");
            NodeProcess.await("the next edit", () -> reads(note, "Bread"));
        }
    }

    @Test
    void anotherProcessOfTheDeviceTakesOverWhenTheFirstEnds() throws Exception {
        try (var node = ready("node");
                var laptop = replica("laptop", "node", node)) {
            Document note = laptop.create();
            set(note, "Milk");
            var first = replica("phone", "node", node);
            try (var second = Replica.open(scratch.resolve("phone"))) {
                NodeProcess.await("the first", () -> reads(second.document(note.id()), "Milk"));
                setAt(second.document(note.id()), "through the first");
                assertEquals(
                        Optional.of(Tier.ACCEPTED), second.await(Tier.ACCEPTED, PATIENCE).tier());
                first.close();
                set(note, "Bread");
                NodeProcess.await("the second", () -> reads(second.document(note.id()), "Bread"));
            }
        }
    }

    @Test
    void whoeverAnswersInsteadOfTheNodeIsTurnedAwayInWords() throws Exception {
        int port = freePort();
        try (var phone = Replica.open(scratch.resolve("phone"))) {
            try (var node = ready("node", port)) {
                connect(phone, "node", node);
                assertTrue(phone.sync(PATIENCE).isLevel());
                phone.connect(node.url().replace("http", "ws") + "/device?token=wrong");
            }
            try (var other = ready("other", port)) {
                connect(phone, "other", other);
                NodeProcess.await(
                        "the refusal",
                        () ->
                                phone.status()
                                        .nodes()
                                        .getFirst()
                                        .reason()
                                        .startsWith("another node answers there"));
                phone.connect(other.url().replace("http", "ws") + "/device?token=wrong");
                NodeProcess.await(
                        "the refusal",
                        () ->
                                phone.status()
                                        .nodes()
                                        .getFirst()
                                        .reason()
                                        .startsWith("the node does not take this token"));
            }
        }
    }

    @Test
    void whatWasRefusedIsOfferedAgainUnderATokenThatMayWrite() throws Exception {
        try (var node = ready("node");
                var phone = Replica.open(scratch.resolve("phone"))) {
            phone.connect(node.url() + "/device?token=" + reading(node));
            Document note = phone.create();
            set(note, "Milk");
            NodeProcess.await("the refusal", () -> !phone.status().refusals().isEmpty());
            assertEquals(Optional.empty(), note.await(Tier.ACCEPTED, Duration.ofMillis(1)).tier());

            connect(phone, "node", node);

            assertEquals(Optional.of(Tier.ACCEPTED), accepted(note).tier());
            assertEquals(List.of(), phone.status().refusals());
            try (var laptop = replica("laptop", "node", node)) {
                Document copy = laptop.document(note.id());
                NodeProcess.await("the laptop", () -> reads(copy, "Milk"));
            }
        }
    }

    /// A token that only reads.
    private String reading(NodeProcess node) throws IOException {
        String admin = Files.readString(scratch.resolve("node").resolve("admin.token")).strip();
        String issued =
                node.send(
                                HttpRequest.newBuilder(URI.create(node.url() + "/tokens"))
                                        .header("Authorization", "Bearer " + admin)
                                        .POST(
                                                BodyPublishers.ofString(
                                                        "{\"label\":\"test\",\"scopes\":[\"read:reach:commons\"]}"))
                                        .build())
                        .body();
        Matcher token = Pattern.compile("\"token\":\"([^\"]+)\"").matcher(issued);
        assertTrue(token.find(), issued);
        return token.group(1);
    }

    @Test
    void manyDocumentsArriveWhole() throws Exception {
        try (var node = ready("node");
                var phone = replica("phone", "node", node)) {
            List<DocumentId> ids = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                Document note = phone.create();
                ids.add(note.id());
                for (int edit = 0; edit < 5; edit++) {
                    setAt(note, "edit " + edit);
                }
                note.edit(
                        edit ->
                                edit.set(
                                        Path.of("large"),
                                        new Value.Binary(Bytes.copyOf(new byte[40_000]))));
            }
            assertEquals(Optional.of(Tier.ACCEPTED), phone.await(Tier.ACCEPTED, PATIENCE).tier());
            try (var laptop = replica("laptop", "node", node)) {
                assertTrue(laptop.sync(PATIENCE).isLevel());
                assertEquals(Set.copyOf(ids), Set.copyOf(laptop.documents()));
                for (DocumentId id : ids) {
                    assertEquals(phone.document(id).heads(), laptop.document(id).heads());
                }
            }
        }
    }

    private static Reached accepted(Document document) {
        return document.await(Tier.ACCEPTED, PATIENCE);
    }

    private static boolean reads(Document document, String title) {
        return document.read(TITLE).equals(Optional.of(new Value.Str(title)));
    }

    private static void set(Document document, String title) {
        assertInstanceOf(
                Edited.Committed.class,
                document.edit(edit -> edit.set(TITLE, new Value.Str(title))));
    }

    private static void setAt(Document document, String key) {
        assertInstanceOf(
                Edited.Committed.class,
                document.edit(edit -> edit.set(Path.of(key), new Value.Int(1))));
    }

    private NodeProcess ready(String name) throws IOException {
        return ready(name, 0);
    }

    private NodeProcess ready(String name, int port) throws IOException {
        return NodeProcess.start(
                        scratch,
                        Map.of(),
                        NodeProcess.command(
                                "--data-dir",
                                scratch.resolve(name).toString(),
                                "--http-port",
                                String.valueOf(port)))
                .awaitReady();
    }

    private Replica replica(String name, String at, NodeProcess node) throws IOException {
        Replica replica = Replica.open(scratch.resolve(name));
        connect(replica, at, node);
        return replica;
    }

    private void connect(Replica replica, String at, NodeProcess node) throws IOException {
        String token = Files.readString(scratch.resolve(at).resolve("admin.token")).strip();
        replica.connect(node.url() + "/device?token=" + token);
    }

    private void write(String device, DocumentId id, ChangeChunk change) {
        try (var store =
                LocalStore.open(scratch.resolve(device), () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () -> {
                        store.append(Lane.LOCAL, id, null, List.of(change));
                        return true;
                    });
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
