package org.elohim.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.Conflicts;
import org.elohim.crdt.Conflicts.Claim;
import org.elohim.crdt.Conflicts.Conflict;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Two devices that have set the same place while they did not hear of each other.
class ConflictsReplicaTest extends ReplicaOnDisk {
    @TempDir java.nio.file.Path laptopDirectory;

    private Replica phone;
    private Replica laptop;
    private Document note;
    private Document copy;

    @BeforeEach
    void open() {
        phone = Replica.openOffline(directory);
        laptop = Replica.openOffline(laptopDirectory);
        note = phone.create();
        copy = laptop.document(note.id());
    }

    @AfterEach
    void close() {
        phone.close();
        laptop.close();
    }

    @Test
    void bothSeeTheSameConflictAndEachWhichValueIsItsOwn() {
        set(note, "Milk");
        meet();
        assertEquals(Conflicts.NONE, note.conflicts());
        set(note, "Bread");
        set(copy, "Eggs");
        meet();

        Conflict only = note.conflicts().listed().getFirst();
        assertEquals(note.conflicts(), copy.conflicts());
        assertEquals(TITLE, only.path());
        assertEquals(note.read(TITLE), Optional.of(only.shown().value()));
        Value fromPhone = new Value.Str("Bread");
        for (Claim claim : List.of(only.shown(), only.hidden().getFirst())) {
            boolean byPhone = claim.value().equals(fromPhone);
            assertEquals(byPhone, note.ownActors().contains(claim.by().actor()));
            assertEquals(!byPhone, copy.ownActors().contains(claim.by().actor()));
            assertTrue(note.heads().contains(claim.by().change()));
        }
    }

    @Test
    void anOrdinaryEditOfOneOfThemEndsItForBoth() {
        set(note, "Bread");
        set(copy, "Eggs");
        meet();
        Value shown = note.conflicts().listed().getFirst().shown().value();

        assertInstanceOf(
                Edited.Committed.class,
                note.edit(edit -> edit.set(TITLE, shown)),
                "also with the value that is shown");
        meet();

        assertEquals(Conflicts.NONE, note.conflicts());
        assertEquals(Conflicts.NONE, copy.conflicts());
        assertEquals(Optional.of(shown), copy.read(TITLE));
    }

    @Test
    void whoDeletesWhatTheOtherSetsHidesNothing() {
        set(note, "Milk");
        meet();
        note.edit(edit -> edit.delete(TITLE));
        set(copy, "Eggs");
        meet();

        assertEquals(Conflicts.NONE, note.conflicts());
        assertEquals(Optional.of(new Value.Str("Eggs")), note.read(TITLE));
    }

    @Test
    void aDeletedDocumentHasNone() {
        set(note, "Bread");
        set(copy, "Eggs");
        meet();
        assertTrue(note.delete());
        assertEquals(Conflicts.NONE, note.conflicts());
        assertTrue(note.restore());
        assertEquals(1, note.conflicts().listed().size());
    }

    @Test
    void whatAnotherProcessOfTheDeviceWroteIsItsOwnToo() {
        set(note, "Milk");
        try (var second = Replica.openOffline(directory)) {
            second.document(note.id())
                    .edit(edit -> edit.set(Path.of("from"), new Value.Str("second")));
        }
        set(copy, "Eggs");
        meet();

        var authors = new HashSet<>();
        note.changes().forEach(change -> authors.add(change.actor()));
        assertEquals(3, authors.size());
        assertEquals(2, note.ownActors().size());
        assertFalse(note.ownActors().containsAll(copy.ownActors()));
        assertEquals(Set.of(), phone.create().ownActors());
    }

    private void meet() {
        carry(note, copy, laptopDirectory);
        carry(copy, note, directory);
    }
}
