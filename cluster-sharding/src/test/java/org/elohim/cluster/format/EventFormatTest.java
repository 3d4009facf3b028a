package org.elohim.cluster.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Journaled;
import org.elohim.cluster.journal.StoredFormat;
import org.elohim.cluster.registry.Capacity;
import org.elohim.cluster.registry.RegisteredNode;
import org.elohim.cluster.sync.PeerSync;
import org.elohim.cluster.token.Token;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class EventFormatTest {
    private static final Instant AT = Instant.parse("2026-11-20T12:34:56.789Z");
    private static final Capacity CAPACITY =
            new Capacity(16, 64_000_000_000L, 10_000_000_000_000_000L);

    private static final Token TOKEN =
            new Token(
                    new ContentHash(Bytes.parseHex("c3".repeat(32))),
                    "Großmutter's phone",
                    List.of(Scope.parse("write:reach:local"), Scope.parse("admin")),
                    AT);

    private static final DocumentId DOCUMENT = DocumentId.ofRandom(new byte[16]);
    private static final NodeId NODE = new NodeId(Bytes.parseHex("a1".repeat(32)));
    private static final NodeId SIBLING = new NodeId(Bytes.parseHex("d4".repeat(32)));
    // As it is read where nobody had counted yet.
    private static final Ruling BEFORE_FAMILIES = new Ruling(2, Reach.COMMONS, Ruling.NONE.owner());
    private static final ContentHash HASH = new ContentHash(Bytes.parseHex("b2".repeat(32)));
    private static final long MILLIS = AT.toEpochMilli();

    private static Output.State positions(boolean compareDue) {
        return new Output.State(
                new Positions.Saved(
                        -2,
                        42,
                        Map.of(Lane.LOCAL, 1L, Lane.NEW, 2L, Lane.BACKFILL, 3L, Lane.OUTLIER, 4L)),
                5,
                6,
                7,
                compareDue);
    }

    private static List<Bytes> index() {
        var chunks = new ArrayList<Bytes>();
        new ChangeGraph(CostLimits.DEFAULT).snapshot(1_000).forEachRemaining(chunks::add);
        return chunks;
    }

    private final EventSerializer serializer = new EventSerializer();

    /// One of each kind, with the name of the file that holds its bytes for ever.
    record Golden(String file, Journaled value) {}

    static Stream<Golden> golden() {
        return Stream.of(
                new Golden(
                        "registered-node-registered.hex",
                        new RegisteredNode.Event.Registered("Großmutter's Rack", CAPACITY, AT)),
                new Golden(
                        "registered-node-renamed.hex",
                        new RegisteredNode.Event.Renamed("attic", AT)),
                new Golden(
                        "registered-node-capacity-updated.hex",
                        new RegisteredNode.Event.CapacityUpdated(CAPACITY, AT)),
                new Golden(
                        "registered-node-snapshot.hex",
                        new RegisteredNode.State.Known("attic", CAPACITY, AT, AT.plusMillis(1))),
                new Golden("tokens-issued.hex", new Tokens.Event.Issued(TOKEN)),
                new Golden("tokens-revoked.hex", new Tokens.Event.Revoked(TOKEN.hash(), AT)),
                new Golden(
                        "tokens-snapshot.hex",
                        new Tokens.State(Map.of(TOKEN.hash(), TOKEN), Map.of())),
                new Golden(
                        "tokens-snapshot-revoked.hex",
                        new Tokens.State(Map.of(TOKEN.hash(), TOKEN), Map.of(HASH, AT))),
                new Golden(
                        "peer-sync-cursor-advanced.hex",
                        new PeerSync.Event.CursorAdvanced(positions(false), HASH)),
                new Golden(
                        "peer-sync-cursor-advanced-compare-due.hex",
                        new PeerSync.Event.CursorAdvanced(positions(true), HASH)),
                new Golden("peer-sync-forgotten.hex", new PeerSync.Event.Forgotten()),
                new Golden("peer-sync-snapshot-of-nothing.hex", new PeerSync.State.Unknown()),
                new Golden(
                        "peer-sync-snapshot.hex", new PeerSync.State.Known(positions(false), HASH)),
                new Golden(
                        "peer-sync-snapshot-compare-due.hex",
                        new PeerSync.State.Known(positions(true), HASH)),
                new Golden(
                        "document-created.hex",
                        new Document.Event.Created(
                                DOCUMENT, Ruling.first(Reach.LOCAL, NODE), null, MILLIS)),
                new Golden(
                        "document-created-by-sibling.hex",
                        new Document.Event.Created(
                                DOCUMENT, new Ruling(3, Reach.LOCAL, NODE), SIBLING, MILLIS)),
                new Golden(
                        "document-changes-accepted.hex",
                        new Document.Event.ChangesAccepted(
                                DOCUMENT,
                                Lane.NEW,
                                List.of(Bytes.parseHex("0102"), Bytes.parseHex("03")),
                                List.of(HASH),
                                NODE,
                                HASH,
                                MILLIS)),
                new Golden(
                        "document-noted.hex",
                        new Document.Event.Noted(DOCUMENT, List.of(HASH), null)),
                new Golden(
                        "document-reach-changed.hex",
                        new Document.Event.ReachChanged(
                                DOCUMENT,
                                Reach.PRIVATE,
                                BEFORE_FAMILIES,
                                List.of(HASH),
                                0,
                                null,
                                MILLIS)),
                new Golden(
                        "document-reach-changed-life.hex",
                        new Document.Event.ReachChanged(
                                DOCUMENT,
                                Reach.PRIVATE,
                                BEFORE_FAMILIES,
                                List.of(HASH),
                                4,
                                null,
                                MILLIS)),
                new Golden(
                        "document-reach-changed-by-sibling.hex",
                        new Document.Event.ReachChanged(
                                DOCUMENT,
                                Reach.PRIVATE,
                                new Ruling(5, Reach.COMMONS, NODE),
                                List.of(HASH),
                                0,
                                SIBLING,
                                MILLIS)),
                new Golden("document-deleted.hex", new Document.Event.Deleted(DOCUMENT, 1, MILLIS)),
                new Golden(
                        "document-restored.hex",
                        new Document.Event.Restored(DOCUMENT, 2, List.of(HASH), MILLIS)),
                new Golden("document-snapshot.hex", snapshot(Ruling.first(Reach.LOCAL, NODE))),
                new Golden(
                        "document-snapshot-turn.hex", snapshot(new Ruling(300, Reach.LOCAL, NODE))),
                new Golden("blob-log-written.hex", BlobEvents.written(NODE, SIBLING)),
                new Golden(
                        "blob-log-written-reach.hex",
                        BlobEvents.written(NODE, SIBLING, Reach.COMMONS)),
                new Golden(
                        "blob-log-page.hex",
                        BlobEvents.page(NODE, SIBLING, Reach.INVITED, Set.of(SIBLING))),
                new Golden("blob-log-snapshot.hex", BlobEvents.snapshot(NODE, SIBLING)),
                new Golden(
                        "blob-log-snapshot-reach.hex",
                        BlobEvents.snapshot(NODE, SIBLING, Reach.INVITED, Set.of(SIBLING))));
    }

    private static Document.Snapshot snapshot(Ruling ruling) {
        return new Document.Snapshot(
                DOCUMENT, ruling, MILLIS, 2, MILLIS + 1, 7, MILLIS + 2, index());
    }

    @ParameterizedTest
    @MethodSource("golden")
    void whatWasOnceStoredIsReadAndWrittenTheSame(Golden golden) throws IOException {
        String stored = resource("/golden/" + golden.file());

        assertEquals(stored, HexFormat.of().formatHex(serializer.toBinary(golden.value())));
        assertEquals(
                golden.value(),
                serializer.fromBinary(
                        HexFormat.of().parseHex(stored), serializer.manifest(golden.value())));
    }

    @Test
    void everyKindHasAGoldenFile() {
        assertEquals(
                EventManifests.all().stream().map(StoredFormat::type).collect(Collectors.toSet()),
                golden().map(golden -> golden.value().getClass()).collect(Collectors.toSet()));
    }

    @Test
    void manifestsAreThoseOfTheRowsInOldJournals() {
        assertEquals(
                Set.of(
                        "registered-node/registered",
                        "registered-node/renamed",
                        "registered-node/capacity-updated",
                        "registered-node/snapshot",
                        "tokens/issued",
                        "tokens/revoked",
                        "tokens/snapshot",
                        "peer-sync/cursor-advanced",
                        "peer-sync/forgotten",
                        "peer-sync/snapshot",
                        "peer-sync/snapshot-of-nothing",
                        "document/created",
                        "document/changes-accepted",
                        "document/noted",
                        "document/reach-changed",
                        "document/deleted",
                        "document/restored",
                        "document/snapshot",
                        "blob-log/written",
                        "blob-log/page",
                        "blob-log/snapshot"),
                EventManifests.all().stream()
                        .map(StoredFormat::manifest)
                        .collect(Collectors.toSet()));
    }

    @Test
    void everyRecordThatMayBeJournaledHasAManifest() {
        List<JavaClass> journaled =
                new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .importPackages("org.elohim.cluster")
                                .stream()
                                .filter(type -> type.isAssignableTo(Journaled.class))
                                .filter(type -> !type.isInterface())
                                .toList();

        assertFalse(journaled.isEmpty());
        for (JavaClass type : journaled) {
            assertTrue(type.isRecord(), type.getName());
            assertTrue(EventManifests.of(type.reflect()).isPresent(), type.getName());
        }
    }

    @Test
    void everyNestedEventTypeIsSealedAndJournaled() {
        new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("org.elohim.cluster")
                        .stream()
                        .filter(
                                type ->
                                        type.isNestedClass()
                                                && "Event".equals(type.getSimpleName()))
                        .forEach(
                                type -> {
                                    assertTrue(type.reflect().isSealed(), type.getName());
                                    assertTrue(
                                            type.isAssignableTo(Journaled.class), type.getName());
                                });
    }

    @Test
    void anEventOfANewerVersionIsRefusedByName() {
        var refused =
                assertThrows(
                        NotSerializableException.class,
                        () -> serializer.fromBinary(new byte[0], "registered-node/teleported"));

        assertTrue(String.valueOf(refused.getMessage()).contains("registered-node/teleported"));
        assertTrue(String.valueOf(refused.getMessage()).contains("newer"));
    }

    @Test
    void aFieldOfANewerVersionIsPassedOver() throws IOException {
        // Field 15, a number: not known to this version.
        String stored = resource("/golden/registered-node-renamed.hex") + "7801";

        assertEquals(
                new RegisteredNode.Event.Renamed("attic", AT),
                serializer.fromBinary(HexFormat.of().parseHex(stored), "registered-node/renamed"));
    }

    @Test
    void damagedBytesAreReportedWithTheirManifest() {
        var damaged =
                assertThrows(
                        IllegalStateException.class,
                        () ->
                                serializer.fromBinary(
                                        new byte[] {10, 99}, "registered-node/renamed"));

        assertTrue(String.valueOf(damaged.getMessage()).contains("registered-node/renamed"));
    }

    @Test
    void whatHasNoManifestIsRefusedWhenItIsWritten() {
        assertThrows(IllegalArgumentException.class, () -> serializer.toBinary("text"));
    }

    private static String resource(String name) throws IOException {
        try (var bytes = EventFormatTest.class.getResourceAsStream(name)) {
            assertNotNull(bytes, name);
            return new String(bytes.readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
    }
}
