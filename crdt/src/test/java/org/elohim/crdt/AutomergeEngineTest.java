package org.elohim.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import org.elohim.crdt.CrdtEngine.Applied;
import org.elohim.crdt.CrdtEngine.Edited;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

class AutomergeEngineTest {
    static final Value EVERY_KIND =
            new Value.Fields(
                    Map.ofEntries(
                            Map.entry("string", new Value.Str("a🎉b")),
                            Map.entry("int", new Value.Int(-7)),
                            Map.entry("uint", new Value.Uint(7)),
                            Map.entry("real", new Value.Real(0.5)),
                            Map.entry("bool", new Value.Bool(true)),
                            Map.entry("null", new Value.Null()),
                            Map.entry("counter", new Value.Counter(3)),
                            Map.entry("time", new Value.Timestamp(Instant.ofEpochMilli(12345))),
                            Map.entry("bytes", new Value.Binary(Bytes.parseHex("0001ff"))),
                            Map.entry(
                                    "blob",
                                    new Value.Blob(new ContentHash(Bytes.copyOf(new byte[32])))),
                            Map.entry(
                                    "text",
                                    new Value.Text(
                                            "a🎉b",
                                            List.of(
                                                    new Value.Mark(
                                                            1, 2, "bold", new Value.Bool(true))))),
                            Map.entry(
                                    "list",
                                    new Value.Items(
                                            List.of(
                                                    new Value.Int(1),
                                                    new Value.Items(List.of()),
                                                    new Value.Fields(
                                                            Map.of("in", new Value.Int(2))))))));

    @Test
    void valuesOfEveryKindComeBackAsTheyWereSet() {
        try (var engine = open(1)) {
            committed(engine, edit -> edit.set(Path.of("all"), EVERY_KIND));

            assertEquals(Optional.of(EVERY_KIND), engine.read(Path.of("all")));
            assertEquals(
                    Optional.of(new Value.Int(2)),
                    engine.read(Path.of("all", "list").index(2).key("in")));
        }
    }

    @Test
    void concurrentEditsConverge() {
        try (var ana = open(1);
                var ben = open(2)) {
            ben.apply(committed(ana, edit -> edit.set(Path.of("all"), EVERY_KIND)));
            Path all = Path.of("all");
            Bytes fromAna =
                    committed(
                            ana,
                            edit ->
                                    edit.splice(all.key("text"), 0, 0, "x")
                                            .increment(all.key("counter"), 5)
                                            .insert(all.key("list").index(0), new Value.Int(9))
                                            .set(all.key("string"), new Value.Str("ana")));
            Bytes fromBen =
                    committed(
                            ben,
                            edit ->
                                    edit.splice(all.key("text"), 3, 0, "y")
                                            .mark(
                                                    all.key("text"),
                                                    new Value.Mark(
                                                            0, 1, "link", new Value.Str("u")),
                                                    Edit.Expand.NONE)
                                            .increment(all.key("counter"), 10)
                                            .delete(all.key("list").index(0))
                                            .set(all.key("string"), new Value.Str("ben")));

            assertEquals(new Applied.Taken(), ana.apply(fromBen));
            assertEquals(new Applied.Taken(), ben.apply(fromAna));

            assertEquals(ana.heads(), ben.heads());
            assertEquals(ana.read(Path.ROOT), ben.read(Path.ROOT));
            assertEquals(Optional.of(new Value.Counter(18)), ana.read(all.key("counter")));
        }
    }

    @Test
    void anEditThatDoesNotFitChangesNothing() {
        try (var engine = open(1)) {
            Edited edited =
                    engine.edit(
                            edit ->
                                    edit.set(Path.of("a"), new Value.Int(1))
                                            .splice(Path.of("a"), 0, 0, "x"));

            assertInstanceOf(Edited.Refused.class, edited);
            assertEquals(Optional.empty(), engine.read(Path.of("a")));
        }
    }

    @Test
    void anIntegerThatTheLibraryWouldRoundIsRefused() {
        try (var engine = open(1)) {
            assertInstanceOf(
                    Edited.Refused.class,
                    engine.edit(edit -> edit.set(Path.of("a"), new Value.Int(1L << 40))));
        }
    }

    @Test
    void headsAreThoseOfTheGraphOfTheSameBytes() {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        try (var ana = open(1);
                var ben = open(2)) {
            Bytes first = committed(ana, edit -> edit.set(Path.of("a"), new Value.Int(1)));
            ben.apply(first);
            Bytes left = committed(ana, edit -> edit.set(Path.of("a"), new Value.Int(2)));
            Bytes right = committed(ben, edit -> edit.set(Path.of("a"), new Value.Int(3)));
            ana.apply(right);

            long sequence = 0;
            for (Bytes bytes : List.of(first, left, right)) {
                sequence++;
                switch (ChangeChunk.parse(bytes)) {
                    case Decoded.Malformed<ChangeChunk>(var reason) -> fail(reason);
                    case Decoded.Parsed<ChangeChunk>(var change) ->
                            graph.apply(sequence, List.of(change));
                }
            }

            assertEquals(2, ana.heads().size());
            assertEquals(graph.heads(), ana.heads());
        }
    }

    @Test
    void rubbishIsAValueAndNotSwallowed() {
        try (var engine = open(1)) {
            assertInstanceOf(Applied.Malformed.class, engine.apply(Bytes.parseHex("0badc0de")));
        }
    }

    @Test
    void anotherThreadIsTurnedAway() {
        try (var engine = open(1)) {
            var task = new FutureTask<>(engine::heads);
            Thread.ofPlatform().start(task);

            var refused = assertThrows(ExecutionException.class, task::get);

            assertInstanceOf(IllegalStateException.class, refused.getCause());
        }
    }

    static AutomergeEngine open(int actor) {
        return AutomergeEngine.open(Bytes.copyOf(new byte[] {(byte) actor}));
    }

    static Bytes committed(CrdtEngine engine, Consumer<Edit> steps) {
        return assertInstanceOf(Edited.Committed.class, engine.edit(steps)).changes();
    }
}
