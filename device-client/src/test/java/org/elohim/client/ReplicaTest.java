package org.elohim.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.store.LocalStore;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Documents on a device that has no network at all.
class ReplicaTest extends ReplicaOnDisk {
    @Test
    void anEditIsThereAfterAReopenAndUnderTheSameName() {
        DocumentId id;
        try (var replica = Replica.open(directory)) {
            Document note = replica.create();
            id = note.id();
            assertEquals(Optional.empty(), note.read(TITLE));
            assertInstanceOf(Edited.Committed.class, set(note, "Milk"));
        }
        try (var replica = Replica.open(directory)) {
            Document note = replica.document(id);
            assertEquals(Optional.of(new Value.Str("Milk")), note.read(TITLE));
            assertEquals(List.of(id), replica.documents());
            assertEquals(1, note.history().size());
            set(note, "Bread");
            assertEquals(2, note.history().size());
            assertEquals(List.of(note.history().getLast()), note.heads());
        }
    }

    @Test
    void sayingItAgainWritesNothing() {
        try (var replica = Replica.open(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            note.edit(edit -> edit.set(Path.of("text"), new Value.Text("abc", List.of())));
            int before = note.history().size();

            assertInstanceOf(
                    Edited.Refused.class,
                    note.edit(edit -> edit.splice(Path.of("nowhere"), 0, 0, "x")));

            assertEquals(before, note.history().size());
        }
    }

    @Test
    void twoReplicasOnOneDirectoryMergeWhatTheyWrite() {
        try (var one = Replica.open(directory);
                var other = Replica.open(directory)) {
            Document mine = one.create();
            set(mine, "Milk");
            Document theirs = other.document(mine.id());
            assertEquals(Optional.of(new Value.Str("Milk")), theirs.read(TITLE));

            theirs.edit(edit -> edit.set(Path.of("from"), new Value.Str("other")));
            mine.edit(edit -> edit.set(Path.of("by"), new Value.Str("one")));

            assertEquals(mine.heads(), theirs.heads());
            assertEquals(
                    Set.of("title", "from", "by"),
                    new TreeSet<>(((Value.Fields) mine.read()).entries().keySet()));
            assertEquals(mine.read(), theirs.read());
        }
    }

    @Test
    void aDeletedDocumentIsEmptyAndTakesNoEditsUntilItIsRestored() {
        try (var replica = Replica.openOffline(directory);
                var other = Replica.openOffline(directory)) {
            Document note = replica.create();
            assertFalse(note.delete(), "there is nothing yet");
            set(note, "Milk");
            assertFalse(note.restore(), "it lives");

            assertTrue(other.document(note.id()).delete());

            assertTrue(note.isDeleted());
            assertEquals(Optional.empty(), note.read(TITLE));
            assertInstanceOf(Edited.Refused.class, set(note, "Bread"));
            assertEquals(List.of(), replica.documents());
            assertEquals(Set.of(note.id()), replica.deleted());
            assertTrue(note.restore());
            assertEquals(Optional.of(new Value.Str("Milk")), note.read(TITLE));
            assertInstanceOf(Edited.Committed.class, set(note, "Bread"));
            assertEquals(List.of(note.id()), other.documents());
        }
    }

    @Test
    void aDocumentCanBeReadWithinAnEdit() {
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            note.edit(edit -> edit.set(Path.of("copy"), note.read(TITLE).orElse(new Value.Null())));
            assertEquals(Optional.of(new Value.Str("Milk")), note.read(Path.of("copy")));
        }
    }

    @Test
    void whoSubscribesIsToldOfWhatOthersWrite() throws Exception {
        try (var replica = Replica.open(directory);
                var other = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            var told = new LinkedBlockingQueue<Optional<Value>>();
            try (Subscription _ = note.subscribe(() -> told.add(note.read(TITLE)))) {
                set(other.document(note.id()), "Bread");
                Optional<Value> bread = Optional.of(new Value.Str("Bread"));
                while (!bread.equals(told.poll(20, TimeUnit.SECONDS))) {
                    // The edit before may still be told of.
                }
            }
            set(other.document(note.id()), "Eggs");
            set(replica.create(), "not asked for");
        }
    }

    @Test
    void aDocumentDoesNotGrowBeyondWhatEveryDeviceCanOpen() {
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            byte[] noise = new byte[4_000_000];
            for (int i = 0; i < 2; i++) {
                new Random(i).nextBytes(noise);
                Bytes some = Bytes.copyOf(noise);
                Path place = Path.of("noise" + i);
                assertInstanceOf(
                        Edited.Committed.class,
                        note.edit(edit -> edit.set(place, new Value.Binary(some))));
            }
            new Random(3).nextBytes(noise);
            Bytes tooMuch = Bytes.copyOf(noise);
            Edited refused =
                    note.edit(edit -> edit.set(Path.of("more"), new Value.Binary(tooMuch)));

            assertInstanceOf(Edited.Refused.class, refused);
            assertTrue(refused.toString().contains("go on in a new document"), "" + refused);
            assertEquals(3, note.history().size());
            assertEquals(Optional.empty(), note.read(Path.of("more")));
            assertInstanceOf(Edited.Committed.class, set(note, "Bread"));
        }
    }

    @Test
    void documentsThatWereNotUsedForLongAreReadAgain() {
        try (var replica = Replica.openOffline(directory)) {
            Document first = replica.create();
            set(first, "Milk");
            first.edit(
                    _ -> {
                        for (int i = 0; i < Replica.LOADED_MAX + 1; i++) {
                            replica.create().heads();
                        }
                        assertEquals(1, first.size(), "it is at work");
                    });
            for (int i = 0; i < Replica.LOADED_MAX + 1; i++) {
                replica.create().heads();
            }
            assertEquals(0, first.size());

            assertEquals(Optional.of(new Value.Str("Milk")), first.read(TITLE));
            set(first, "Bread");

            assertEquals(2, first.size());
            assertEquals(List.of(1L, 2L), first.changes().stream().map(Change::seq).toList());
        }
    }

    @Test
    void howLargeADocumentMayGrowIsForTheAppToSay() {
        try (var replica = Replica.openOffline(directory, new ReplicaOptions(2_000, 1_000_000))) {
            Document note = replica.create();
            set(note, "Milk");
            byte[] noise = new byte[2_000];
            new Random(1).nextBytes(noise);
            Value tooMuch = new Value.Binary(Bytes.copyOf(noise));

            Edited refused = note.edit(edit -> edit.set(Path.of("more"), tooMuch));

            assertTrue(refused.toString().contains("and 2,000 are allowed"), "" + refused);
            assertEquals(1, note.history().size());
        }
        assertThrows(IllegalArgumentException.class, () -> new ReplicaOptions(0, 1));
    }

    @Test
    void soIsHowLongItsHistoryMayBecomeWithWhatWasDeletedAgain() {
        Path text = Path.of("text");
        try (var replica = Replica.openOffline(directory, new ReplicaOptions(1_000_000, 100))) {
            Document note = replica.create();
            note.edit(edit -> edit.set(text, new Value.Text("", List.of())));
            note.edit(edit -> edit.splice(text, 0, 0, "x".repeat(60)));
            note.edit(edit -> edit.splice(text, 0, 39, ""));

            Edited refused = note.edit(edit -> edit.splice(text, 0, 0, "y"));

            assertTrue(refused.toString().contains("would have 101 steps"), "" + refused);
            assertEquals(3, note.history().size());
            assertEquals(Optional.of(new Value.Text("x".repeat(21), List.of())), note.read(text));
        }
        assertThrows(IllegalArgumentException.class, () -> new ReplicaOptions(1, 0));
    }

    @Test
    void aDocumentInItsLastLifeCannotBeDeletedAndSaysSo() {
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            live(note.id(), SyncMessage.LIFE_MAX);

            assertThrows(IllegalStateException.class, note::delete);

            assertFalse(note.isDeleted());
            assertInstanceOf(Edited.Committed.class, set(note, "Bread"));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> live(note.id(), SyncMessage.LIFE_MAX + 2));
        }
    }

    private void live(DocumentId id, long life) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () -> {
                        store.mark(Lane.NEW, StreamEntry.Kind.RESTORED, id, null, life);
                        return true;
                    });
        }
    }

    @Test
    void anEntryThatNobodyCanReadIsToldAndEndsNothing() throws Exception {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var replica = Replica.open(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            String node =
                    replica.connect(
                            "ws://127.0.0.1:%d/device?token=t".formatted(silent.getLocalPort()));
            execute(
                    "INSERT INTO entry (lane, kind, document, life, count, ends, changes)"
                            + " VALUES ('NEW', 'DELETED', x'%s', 2, 0, x'', x'')"
                                    .formatted(note.id().uuid().toHex()));
            String reason = replica.reach(node, Duration.ofSeconds(20)).nodes().getFirst().reason();
            assertTrue(reason.startsWith("this device cannot go on"), reason);

            execute("DELETE FROM entry WHERE kind = 'DELETED'");
            var told = new LinkedBlockingQueue<DocumentId>();
            try (Subscription _ = replica.subscribe(told::add)) {
                Document other = replica.create();
                set(other, "Bread");
                while (!other.id().equals(told.poll(20, TimeUnit.SECONDS))) {
                    // The edit before may still be told of.
                }
            }
        }
    }

    @Test
    void everyEditThatReturnedIsThereAfterAKill() throws Exception {
        DocumentId id = DocumentId.ofRandom(new byte[16]);
        for (int round = 0; round < 3; round++) {
            List<String> returned = editUntilKilled(id, 15);
            try (var replica = Replica.open(directory)) {
                List<String> history =
                        replica.document(id).history().stream().map(ContentHash::toString).toList();
                assertTrue(history.containsAll(returned), history + " lacks some of " + returned);
            }
        }
    }

    private List<String> editUntilKilled(DocumentId id, int edits) throws IOException {
        Process process =
                new ProcessBuilder(
                                java.nio.file.Path.of(
                                                System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                EditingVictim.class.getName(),
                                directory.toString(),
                                id.toString())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        var returned = new ArrayList<String>();
        try (var out = process.inputReader()) {
            while (returned.size() < edits) {
                String line = out.readLine();
                if (line == null) {
                    throw new IOException("ended after " + returned.size() + " edits");
                }
                returned.add(line);
            }
        } finally {
            process.destroyForcibly();
            process.onExit().join();
        }
        return returned;
    }
}
