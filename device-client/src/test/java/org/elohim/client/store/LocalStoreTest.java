package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.id.NodeKey;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.StreamEntry;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class LocalStoreTest extends StoreOnDisk {
    private static final Change CHANGE = change(1);

    private static long append(LocalStore store) {
        return append(store, CHANGE);
    }

    @Test
    void whatWasWrittenIsThereAfterAReopen() {
        try (var store = open()) {
            assertEquals(1, append(store));
        }
        try (var store = open()) {
            StoredEntry entry = store.of(DOCUMENT, 0).getFirst();
            assertEquals(List.of(CHANGE.bytes()), entry.changes());
            assertEquals(List.of(CHANGE.bytes()), store.changesAt(1));
            StreamEntry streamed = store.after(0, 10).getFirst();
            assertEquals(List.of(CHANGE.hash()), streamed.hashes());
            assertEquals(List.of(CHANGE.bytes()), streamed.changes());
            assertEquals(List.of(DOCUMENT), store.documents());
            assertEquals(List.of(), store.of(DOCUMENT, 1));
            assertEquals(1, store.end());
        }
    }

    @Test
    void aFailedTransactionLeavesNothing() {
        try (var store = open()) {
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            store.write(
                                    () -> {
                                        store.append(Lane.LOCAL, DOCUMENT, null, List.of(CHANGE));
                                        throw new IllegalStateException("in between");
                                    }));
            assertEquals(0, store.end());
            assertEquals(1, append(store));
        }
    }

    @Test
    void severalMayMakeItAtOnce() throws Exception {
        for (int round = 0; round < 10; round++) {
            Path where = directory.resolve("round" + round);
            try (var threads = Executors.newFixedThreadPool(4)) {
                var opened = new ArrayList<Future<Long>>();
                for (int i = 0; i < 4; i++) {
                    opened.add(
                            threads.submit(
                                    () -> {
                                        try (var store =
                                                LocalStore.open(
                                                        where, () -> Bytes.copyOf(new byte[16]))) {
                                            return append(store);
                                        }
                                    }));
                }
                for (Future<Long> each : opened) {
                    each.get();
                }
            }
            try (var store = open(where)) {
                assertEquals(4, store.end());
            }
        }
    }

    @Test
    void onlyTheOwnerMayReadIt() throws IOException {
        open().close();

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve(LocalStore.FILE_NAME))));
    }

    @Test
    void largeChangesAreLeftOutOfPagesAndPagesAreBounded() {
        try (var store = open()) {
            append(store, Lane.NEW, null, change(1, StreamEntry.INLINE_BYTES_MAX + 1));
            append(store, Lane.LOCAL, null, change(2, 9_000));
            append(store, Lane.NEW, null, change(3, 9_000));
            append(store, Lane.NEW, null, change(4, 9_000));

            List<StreamEntry> all = store.page(Lane.NEW, 0, 10, 1 << 20);
            assertEquals(List.of(1L, 3L, 4L), all.stream().map(StreamEntry::ordering).toList());
            assertEquals(List.of(), all.getFirst().changes());
            assertEquals(1, all.get(1).changes().size());
            assertEquals(2, store.page(Lane.NEW, 0, 2, 1 << 20).size());
            assertEquals(2, store.page(Lane.NEW, 0, 10, 10_000).size());
            assertEquals(1, store.page(Lane.NEW, 1, 10, 1).size(), "one always fits");
        }
    }

    @Test
    void theHighestLifeOfADocumentCounts() {
        try (var store = open()) {
            append(store);
            assertEquals(0, store.life(DOCUMENT));
            mark(store, StreamEntry.Kind.DELETED, 3);
            mark(store, StreamEntry.Kind.RESTORED, 2);
            assertEquals(3, store.life(DOCUMENT));
            assertEquals(Set.of(DOCUMENT), store.deleted());
            mark(store, StreamEntry.Kind.RESTORED, 4);
            assertEquals(Set.of(), store.deleted());
        }
    }

    private static void mark(LocalStore store, StreamEntry.Kind kind, long life) {
        store.write(
                () -> {
                    store.mark(Lane.LOCAL, kind, DOCUMENT, null, life);
                    return true;
                });
    }

    @Test
    void itKnowsWhatANodeHasNotAcknowledged() {
        NodeId identity = NodeKey.generate().id();
        try (var store = open()) {
            Nodes nodes = store.nodes();
            nodes.remember("ws://a/device", "t");
            append(store, Lane.LOCAL, null, change(1, 1));
            append(store, Lane.NEW, identity, change(2, 1));
            append(store, Lane.NEW, null, change(3, 1));
            mark(store, StreamEntry.Kind.DELETED, 1);

            assertEquals(4, unsent(nodes, 4));
            nodes.recognise("ws://a/device", identity);
            assertEquals(3, unsent(nodes, 4), "its own need not go back");
            assertEquals(1, unsent(nodes, 2));
            nodes.persist("ws://a/device", "t", state(1, 3));
            assertEquals(1, unsent(nodes, 4));
            nodes.persist("ws://a/device", "t", state(4, 3));
            assertEquals(0, unsent(nodes, 4));
        }
    }

    private static long unsent(Nodes nodes, long through) {
        return nodes.unsent(nodes.all().getFirst(), Optional.of(DOCUMENT), through);
    }

    private static Output.State state(long local, long fresh) {
        return new Output.State(
                new Positions.Saved(9, 5, Map.of(Lane.LOCAL, local, Lane.NEW, fresh)),
                6,
                7,
                8,
                true);
    }

    @Test
    void whatIsKnownOfANodeSurvivesAReopenAndMovesWithIt() {
        NodeId identity = NodeKey.generate().id();
        try (var store = open()) {
            store.nodes().remember("ws://a/device", "t");
            store.nodes().recognise("ws://a/device", identity);
            store.nodes().persist("ws://a/device", "t", state(1, 2));
        }
        try (var store = open()) {
            assertEquals(state(1, 2), store.nodes().all().getFirst().state());
            store.nodes().remember("ws://b/device", "u");
            store.nodes().recognise("ws://b/device", identity);
            assertEquals(1, store.nodes().all().size());
            Nodes.Node moved = store.nodes().all().getFirst();
            assertEquals("u", moved.token());
            assertEquals(state(1, 2), moved.state());
            assertTrue(store.nodes().forget("ws://b/device"));
            assertFalse(store.nodes().forget("ws://b/device"));
        }
    }

    @Test
    void quarantinedChangesAreRememberedForTheEngineThatFailedOnThem() {
        var hash = new ContentHash(Bytes.parseHex("aa".repeat(32)));
        try (var store = open()) {
            store.quarantine(DOCUMENT, "one", Map.of(hash, "kills"));
        }
        try (var store = open()) {
            assertEquals(Map.of(hash, "kills"), store.quarantined(DOCUMENT, "one"));
            assertEquals(Map.of(), store.quarantined(DOCUMENT, "two"));
        }
    }

    @Test
    void foreignAndNewerFilesAreRefusedInWords() throws Exception {
        open().close();
        execute("PRAGMA user_version = 99");
        String newer = String.valueOf(assertThrows(StoreUnusable.class, this::open).getMessage());
        assertTrue(newer.contains("newer"), newer);

        Path file = directory.resolve(LocalStore.FILE_NAME);
        Files.delete(file);
        Files.writeString(file, "not a database ".repeat(100));
        String foreign = String.valueOf(assertThrows(StoreUnusable.class, this::open).getMessage());
        assertTrue(foreign.contains(file.toString()), foreign);
    }
}
