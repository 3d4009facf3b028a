package org.elohim.node.materialiser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.crdt.process.Sound;
import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Chunks;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

class QuarantineTest {
    private static final DocumentId ONE = DocumentId.ofRandom(new byte[16]);
    private static final Bytes ACTOR = Bytes.parseHex("01");
    private static final Sound SOME = new Sound(7, ContentHash.of(ACTOR));

    @TempDir Path directory;

    private final AtomicLong now = new AtomicLong(1_000);
    private final ChangeChunk bad = Chunks.change(List.of(), ACTOR, 1, Bytes.EMPTY);
    private final ChangeChunk behind = Chunks.change(List.of(bad.hash()), ACTOR, 2, Bytes.EMPTY);
    private final ChangeGraph graph = new ChangeGraph(CostLimits.DEFAULT);

    QuarantineTest() {
        graph.apply(1, List.of(bad, behind));
    }

    @Test
    void onlyTheFirstOfThoseThatBuildOnEachOtherIsNotedWhenever() throws Exception {
        Quarantine early = quarantine();
        early.add(ONE, graph, Set.of(), found(Set.of(bad.hash()), Set.of()));
        var late =
                new Quarantine(
                        now::get,
                        new QuarantineFile(Files.createDirectory(directory.resolve("late"))));
        late.add(ONE, graph, Set.of(), found(Set.of(behind.hash()), Set.of(bad.hash())));

        assertEquals(Set.of(bad.hash()), early.of(ONE));
        assertEquals(Set.of(bad.hash()), late.of(ONE));
        assertEquals(
                Set.of(bad.hash()),
                late.add(ONE, graph, late.of(ONE), found(Set.of(behind.hash()), Set.of())));
        assertEquals(Set.of(bad.hash()), late.of(ONE));
    }

    @Test
    void whatNobodyHasTriedIsSearchedAgainAndNotLeftOutForEver() {
        Quarantine quarantine = quarantine();
        quarantine.add(ONE, graph, Set.of(), found(Set.of(), Set.of(bad.hash(), behind.hash())));
        assertEquals(Set.of(bad.hash()), quarantine.of(ONE));
        assertFalse(quarantine.isDue(ONE));
        assertEquals(Optional.empty(), quarantine.due(ONE));

        // Opened without it meanwhile, as often as somebody likes.
        now.addAndGet(Quarantine.UNTRIED_FOR.toMillis() / 2);
        assertEquals(
                Set.of(bad.hash()),
                quarantine.add(
                        ONE,
                        graph,
                        quarantine.of(ONE),
                        new Vetting.Found(
                                Map.of(behind.hash(), "it builds on it"), Set.of(), Sound.NONE)));
        now.addAndGet(Quarantine.UNTRIED_FOR.toMillis() / 2);
        assertTrue(quarantine.isDue(ONE));
        assertEquals(SOME, quarantine.due(ONE).orElseThrow().sound());
        // One search at a time; until it has ended all is as it was.
        assertFalse(quarantine.isDue(ONE));
        assertEquals(Set.of(bad.hash()), quarantine.of(ONE));

        quarantine.searched(ONE, graph, found(Set.of(behind.hash()), Set.of()));
        assertEquals(Set.of(behind.hash()), quarantine.of(ONE));
        now.addAndGet(Quarantine.UNTRIED_FOR.toMillis());
        assertFalse(quarantine.isDue(ONE));
    }

    @Test
    void aDocumentThatFailedIsSuspectedForAWhile() {
        Quarantine quarantine = quarantine();
        assertFalse(quarantine.isSuspected(ONE));
        quarantine.suspect(ONE);
        assertTrue(quarantine.isSuspected(ONE));
        quarantine.add(ONE, graph, Set.of(), found(Set.of(bad.hash()), Set.of()));
        assertTrue(quarantine.isSuspected(ONE));

        now.addAndGet(Duration.ofMinutes(11).toMillis());

        assertFalse(quarantine.isSuspected(ONE));
        assertEquals(Set.of(bad.hash()), quarantine.of(ONE));
    }

    @Test
    void itIsKnownAfterARestartToo() {
        DocumentId two = DocumentId.ofRandom(Bytes.parseHex("02".repeat(16)).toArray());
        Quarantine before = quarantine();
        before.suspect(two);
        before.add(ONE, graph, Set.of(), found(Set.of(bad.hash()), Set.of()));
        before.add(two, graph, Set.of(), found(Set.of(), Set.of(bad.hash())));

        Quarantine after = quarantine();

        assertEquals(Set.of(bad.hash()), after.of(ONE));
        assertFalse(after.isSuspected(ONE));
        assertFalse(after.isDue(ONE));
        assertEquals(Set.of(bad.hash()), after.of(two));
        assertTrue(after.isSuspected(two));
        // Whoever reads it first has it searched on, and does not wait for that.
        assertEquals(SOME, after.due(two).orElseThrow().sound());
    }

    @Test
    void whatAnotherEngineHasFoundOrNobodyCanReadIsFoundAnew() throws Exception {
        quarantine().add(ONE, graph, Set.of(), found(Set.of(bad.hash()), Set.of()));
        Path file = directory.resolve(QuarantineFile.NAME);
        String written = Files.readString(file);
        assertEquals(Set.of(bad.hash()), quarantine().of(ONE));
        for (String other :
                List.of(
                        written.replace("automerge-java", "another engine"),
                        written.replace("true", "true more").replace("false", "false more"),
                        written.replace(bad.hash().toString(), "nonsense"),
                        written.substring(0, written.length() - 9),
                        "",
                        "\n\n")) {
            Files.writeString(file, other);
            assertEquals(Set.of(), quarantine().of(ONE), other);
        }
    }

    @Test
    void whereThereIsNoRoomTheLastOnesAreKept() throws Exception {
        var file = new QuarantineFile(directory);
        Map<DocumentId, QuarantineFile.Line> many = new LinkedHashMap<>();
        Set<ContentHash> hashes = new HashSet<>();
        for (int i = 0; i < 900; i++) {
            hashes.add(ContentHash.of(Bytes.copyOf(new byte[] {(byte) i, (byte) (i >> 8)})));
        }
        for (int i = 0; i < 100; i++) {
            many.put(
                    DocumentId.ofRandom(Bytes.parseHex("%02x".formatted(i).repeat(16)).toArray()),
                    new QuarantineFile.Line(
                            new Quarantine.Entry(hashes, Set.of(), Sound.NONE), false));
        }
        var kept = new ArrayList<>(many.keySet());

        file.write(many);

        var read = new ArrayList<>(file.read().keySet());
        assertFalse(read.isEmpty());
        assertTrue(read.size() < kept.size());
        assertEquals(kept.subList(kept.size() - read.size(), kept.size()), read);
    }

    private Quarantine quarantine() {
        return new Quarantine(now::get, new QuarantineFile(directory));
    }

    @Test
    void anActorThatMayHaveWrittenIsNeverUsedAgain() {
        var authors = new Authors(new Random(1));
        Bytes first = authors.of(ONE);
        assertEquals(first, authors.of(ONE));

        authors.renew(ONE);

        assertNotEquals(first, authors.of(ONE));
    }

    private static Vetting.Found found(Set<ContentHash> bad, Set<ContentHash> untried) {
        Map<ContentHash, String> reasons = new HashMap<>();
        bad.forEach(hash -> reasons.put(hash, "it fails"));
        return new Vetting.Found(reasons, untried, SOME);
    }
}
