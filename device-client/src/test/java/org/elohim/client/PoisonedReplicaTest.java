package org.elohim.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.PoisonedChange;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Changes that no engine survives, and what an actor does whose own are left out.
class PoisonedReplicaTest extends ReplicaOnDisk {
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
    void poisonThatComesWhileTheDocumentIsOpenIsFoundToo() {
        ChangeChunk poison = PoisonedChange.by(Bytes.parseHex("ee".repeat(16)));
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            Document other = replica.create();
            set(other, "Bread");
            put(note.id(), poison);

            assertEquals(Optional.of(new Value.Str("Milk")), note.read(TITLE));
            assertEquals(Set.of(poison.hash()), note.quarantined().keySet());
            assertEquals(Optional.of(new Value.Str("Bread")), other.read(TITLE));
        }
    }

    @Test
    void nobodyWritesOnUnderAnActorOfWhichAChangeIsLeftOut() throws Exception {
        Bytes actor = Bytes.parseHex("ee".repeat(16));
        ChangeChunk poison = PoisonedChange.by(actor);
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            put(note.id(), poison);
            leaveBehind(actor, note.id());

            assertInstanceOf(Edited.Committed.class, set(note, "Milk"));

            assertEquals(Set.of(poison.hash()), note.quarantined().keySet());
            assertNotEquals(actor, note.changes().getLast().actor());
        }
    }

    @Test
    void whatTheOwnActorHasWrittenElsewhereIsTakenInBeforeTheNextEdit() {
        try (var replica = Replica.openOffline(directory)) {
            Document note = replica.create();
            set(note, "Milk");
            Change first = note.changes().getFirst();
            try (var elsewhere = AutomergeEngine.open(first.actor())) {
                elsewhere.apply(first.bytes());
                var edited = elsewhere.edit(edit -> edit.set(TITLE, new Value.Str("Bread")));
                put(note.id(), change(((Edited.Committed) edited).changes()));
            }

            set(note, "Eggs");

            assertEquals(List.of(1L, 2L, 3L), note.changes().stream().map(Change::seq).toList());
            assertEquals(Optional.of(new Value.Str("Eggs")), note.read(TITLE));
        }
    }

    private static ChangeChunk change(Bytes chunk) {
        return switch (ChangeChunk.parse(chunk)) {
            case Decoded.Parsed<ChangeChunk>(var change) -> change;
            case Decoded.Malformed<ChangeChunk>(var reason) ->
                    throw new IllegalArgumentException(reason);
        };
    }

    /// As if a process that is gone had leased it.
    private void leaveBehind(Bytes actor, DocumentId id) throws SQLException {
        execute(
                "INSERT INTO lease VALUES (x'%s', x'%s', 'gone')"
                        .formatted(actor.toHex(), id.uuid().toHex()));
    }
}
