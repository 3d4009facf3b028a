package org.elohim.crdt.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.elohim.crdt.AutomergeEngine;
import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.crdt.Path;
import org.elohim.crdt.Value;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class VettingTest {
    private static final Bytes ACTOR = Bytes.parseHex("09");

    @Test
    void aPoisonedChangeKillsTheChildOnly() {
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH);
                CrdtEngine engine = process.open(ACTOR)) {
            Bytes poison = PoisonedChange.by(Bytes.parseHex("01")).bytes();

            assertInstanceOf(Applied.Killed.class, engine.apply(poison));
        }
    }

    @Test
    void poisonedChangesAreQuarantinedAndTheRestCanBeRead() {
        var poison = PoisonedChange.by(Bytes.parseHex("01"));
        var candidates =
                List.of(
                        sound("02", "a"),
                        new Candidate(poison.hash(), poison.deps(), poison.bytes()),
                        sound("03", "b"));
        var announced = new ArrayList<ContentHash>();
        try (var process = new EngineProcess(EngineProcess.Limits.DEFAULT, () -> Instant.EPOCH)) {
            var vetted = Vetting.open(process, ACTOR, candidates, Set.of(), announced::addAll);

            assertEquals(Set.of(poison.hash()), vetted.quarantined().keySet());
            assertEquals(Optional.of(new Value.Int(1)), vetted.engine().read(Path.of("a")));
            assertEquals(Optional.of(new Value.Int(1)), vetted.engine().read(Path.of("b")));
            assertFalse(announced.isEmpty());
        }
    }

    private static Candidate sound(String actor, String key) {
        try (AutomergeEngine engine = AutomergeEngine.open(Bytes.parseHex(actor))) {
            var committed =
                    assertInstanceOf(
                            Edited.Committed.class,
                            engine.edit(edit -> edit.set(Path.of(key), new Value.Int(1))));
            return new Candidate(committed.hashes().getFirst(), List.of(), committed.changes());
        }
    }
}
