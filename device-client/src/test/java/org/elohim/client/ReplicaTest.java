package org.elohim.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.store.LocalStore;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.PoisonedChange;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Documents on a device that has no network at all.
class ReplicaTest {
    private static final Path TITLE = Path.of("title");

    @TempDir java.nio.file.Path directory;

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
    void aChangeThatKillsTheEngineIsQuarantinedAndTheRestGoesOn() {
        ChangeChunk poison = PoisonedChange.by(Bytes.parseHex("ee".repeat(16)));
        DocumentId id;
        try (var replica = Replica.open(directory)) {
            Document note = replica.create();
            id = note.id();
            set(note, "Milk");
            put(id, poison);

            assertEquals(Optional.of(new Value.Str("Milk")), note.read(TITLE));
            assertEquals(Set.of(poison.hash()), note.quarantined().keySet());
            assertInstanceOf(Edited.Committed.class, set(note, "Bread"));
            assertTrue(note.history().contains(poison.hash()), "kept and passed on");
        }
        try (var replica = Replica.open(directory)) {
            assertEquals(Optional.of(new Value.Str("Bread")), replica.document(id).read(TITLE));
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

    private static Edited set(Document document, String title) {
        return document.edit(edit -> edit.set(TITLE, new Value.Str(title)));
    }

    /// As if it had come from a node.
    private void put(DocumentId id, ChangeChunk change) {
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            store.write(
                    () ->
                            store.append(
                                    Lane.NEW,
                                    StreamEntry.Kind.CHANGES,
                                    id,
                                    null,
                                    List.of(change.bytes())));
        }
    }
}
