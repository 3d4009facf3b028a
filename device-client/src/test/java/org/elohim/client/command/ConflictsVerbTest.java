package org.elohim.client.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.client.Replica;
import org.elohim.client.store.LocalStore;
import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Edit;
import org.elohim.crdt.RewrittenChange;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// `./elohim device conflicts`, and how a person settles what it shows.
class ConflictsVerbTest {
    /// Greater than any actor a device draws: of two values set at once, the greater actor's is
    /// shown.
    private static final Bytes LAPTOP = Bytes.parseHex("ff".repeat(16));

    private static final long AT_SECONDS = 1_700_000_000L;

    @TempDir Path directory;
    private String id = "";

    @BeforeEach
    void make() {
        run(0, "init");
        id = run(0, "new", "--offline");
    }

    @Test
    void aConflictIsToldInWordsAndAnOrdinarySetSettlesIt() {
        run(0, "set", id, "title", "Milk", "--offline");
        assertEquals("No conflicts", run(0, "conflicts", id));
        fromLaptop(
                edit ->
                        edit.set(place("other"), new Value.Int(1))
                                .set(place("title"), new Value.Str("Bread")));

        assertEquals(
                """
                title
                  shown   "Bread"  set by another device (ffffffff) at 2023-11-14T22:13:20Z
                  hidden  "Milk"  set by this device (%s)
                Settle one with ./elohim device set %s PATH VALUE: to one of its values, or to another\
                """
                        .formatted(ownActor().slice(0, 4), id),
                run(0, "conflicts", id));

        run(0, "set", id, "title", "\"Bread\"", "--offline");
        assertEquals("No conflicts", run(0, "conflicts", id));
        assertEquals("Bread", run(0, "get", id, "title"));
    }

    @Test
    void scriptsGetTheSameAsJson() {
        run(0, "set", id, "title", "Milk", "--offline");
        ChangeChunk change =
                fromLaptop(
                        edit ->
                                edit.set(place("other"), new Value.Int(1))
                                        .set(
                                                place("title"),
                                                new Value.Items(List.of(new Value.Int(2)))));

        String told = run(0, "conflicts", id, "--json");

        assertTrue(
                told.startsWith(
                        "{\"id\":\"%s\",\"conflicts\":[{\"path\":\"title\",\"shown\":{\"value\":[2],\"own\":false,\"actor\":\"%s\",\"change\":\"%s\",\"time\":\"2023-11-14T22:13:20Z\"},\"hidden\":[{\"value\":\"Milk\",\"own\":true,"
                                .formatted(id, LAPTOP, change.hash())),
                told);
        assertTrue(told.endsWith("\"time\":\"\"}]}],\"more\":0}"), told);
        run(0, "unset", id, "title", "--offline");
        assertEquals(
                "{\"id\":\"" + id + "\",\"conflicts\":[],\"more\":0}",
                run(0, "conflicts", id, "--json"));
    }

    @Test
    void aPlaceIsToldAsItIsWrittenForTheOtherVerbs() {
        run(0, "set", id, "a~1b", "[{\"c~d\": 1}]", "--offline");
        org.elohim.crdt.Path place = place("a/b").index(0).key("c~d");
        ChangeChunk before = lastChange();
        run(0, "set", id, "a~1b/0/c~0d", "2", "--offline");
        fromLaptop(edit -> edit.set(place, new Value.Int(3)), before);

        String told = run(0, "conflicts", id);

        assertEquals("a~1b/0/c~0d", told.lines().findFirst().orElseThrow());
        run(0, "set", id, "a~1b/0/c~0d", "2", "--offline");
        assertEquals("No conflicts", run(0, "conflicts", id));
    }

    @Test
    void whatIsLongIsCutAndWhatHasNoRoomIsCounted() {
        try (var replica = Replica.openOffline(directory)) {
            replica.document(DocumentId.parse(id)).edit(many(-1, "🎉".repeat(1000)));
        }
        fromLaptop(edit -> edit.all(many(1, "x".repeat(1_000_000))));

        List<String> told = run(0, "conflicts", id).lines().toList();

        assertEquals("title", told.getFirst());
        assertTrue(
                told.get(1).startsWith("  shown   (not to be shown here)  set by "), told.get(1));
        assertTrue(
                told.get(2).startsWith("  hidden  \"" + "🎉".repeat(159) + "…  set by "),
                told.get(2));
        assertTrue(
                told.contains(
                        "Up to 21 more values are hidden; they are listed once these are settled"));
        assertEquals(3 * 100 + 2, told.size());
    }

    private static Edit many(int value, String title) {
        var edit = new Edit();
        for (int i = 0; i < 120; i++) {
            edit.set(place("key" + i), new Value.Int(value));
        }
        return edit.set(place("title"), new Value.Str(title));
    }

    /// Not the `Path` of files.
    private static org.elohim.crdt.Path place(String name) {
        return org.elohim.crdt.Path.of(name);
    }

    @Test
    void aTimeThatIsNoneIsLeftOutHereAndInTheLog() {
        run(0, "set", id, "title", "Milk", "--offline");
        ChangeChunk change =
                fromLaptop(Long.MAX_VALUE, edit -> edit.set(place("title"), new Value.Int(1)));

        assertTrue(run(0, "conflicts", id).contains("1  set by another device (ffffffff)\n"));
        assertTrue(run(0, "log", id).contains(change.hash() + "  " + LAPTOP));
    }

    @Test
    void aDeletedDocumentIsToldToBeDeleted() {
        run(0, "set", id, "title", "Milk", "--offline");
        run(0, "delete", id, "--offline");

        assertTrue(run(2, "conflicts", id).contains("restore brings it back"));
        assertTrue(run(2, "conflicts").contains("conflicts DOC"));
    }

    private Bytes ownActor() {
        try (var replica = Replica.openOffline(directory)) {
            return replica.document(DocumentId.parse(id)).ownActors().iterator().next();
        }
    }

    private ChangeChunk lastChange() {
        try (var replica = Replica.openOffline(directory)) {
            return assertInstanceOf(
                    ChangeChunk.class, replica.document(DocumentId.parse(id)).changes().getLast());
        }
    }

    /// Made by a device that knew only these changes, and brought here by a node.
    private ChangeChunk fromLaptop(Consumer<Edit> steps, ChangeChunk... known) {
        return fromLaptop(AT_SECONDS, steps, known);
    }

    private ChangeChunk fromLaptop(long seconds, Consumer<Edit> steps, ChangeChunk... known) {
        ChangeChunk change;
        try (var engine = AutomergeEngine.open(LAPTOP)) {
            for (ChangeChunk each : known) {
                engine.apply(each.bytes());
            }
            var edited = assertInstanceOf(Edited.Committed.class, engine.edit(steps));
            change = RewrittenChange.at(seconds, RewrittenChange.parsed(edited.changes()));
        }
        try (var store = LocalStore.open(directory, () -> Bytes.copyOf(new byte[16]))) {
            return store.write(
                    () -> {
                        store.append(Lane.NEW, DocumentId.parse(id), null, List.of(change));
                        return change;
                    });
        }
    }

    private String run(int status, String... words) {
        var given = new ArrayList<>(List.of(words));
        given.addAll(List.of("--dir", directory.toString()));
        var printed = new ByteArrayOutputStream();
        var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        int ended = DeviceCommand.run(given, Map.of("HOME", directory.toString()), out, out);
        String told = printed.toString(StandardCharsets.UTF_8).strip();
        assertEquals(status, ended, told);
        return told;
    }
}
