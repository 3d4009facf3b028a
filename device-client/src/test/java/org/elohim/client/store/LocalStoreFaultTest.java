package org.elohim.client.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.fault.FailingConnection;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

class LocalStoreFaultTest extends StoreOnDisk {
    private static final String URL = "ws://a/device";
    private static final int EDITS = 2;
    // More than all of them ever need.
    private static final int POINTS_MAX = 400;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("R-06: an I/O error at each write point, before or after it was carried out")
    void whateverWriteFailsItIsSaidInWordsAndNothingThatReturnedIsLost(boolean after)
            throws Exception {
        int points = 1;
        for (int nth = 1; nth <= points; nth++) {
            points = run(Files.createDirectory(directory.resolve("run" + nth)), nth, after);
            assertTrue(points < POINTS_MAX, "points=" + points);
        }
        assertTrue(points > 3 * EDITS, "points=" + points);
    }

    /// Returns how many write points there were.
    private int run(Path where, int nth, boolean after) {
        NodeId device;
        try (var store = open(where)) {
            device = store.key().id();
            store.nodes().remember(URL, "t");
        }
        var points = new AtomicInteger();
        var kept = new ArrayList<Change>();
        int refused = 0;
        try (var store = open(where, points, nth, after)) {
            for (int seq = 1; seq <= EDITS; seq++) {
                Change first = change(2 * seq - 1);
                Change second = change(2 * seq);
                if (carriedOut(() -> append(store, first, second))) {
                    kept.add(first);
                    kept.add(second);
                } else {
                    refused++;
                }
            }
            List<Runnable> others =
                    List.of(
                            () -> store.draft(DocumentId.ofRandom(new byte[16])),
                            () -> store.leaseActor(DOCUMENT),
                            () -> store.takeLink(Bytes.parseHex("01")),
                            () -> store.releaseLink(Bytes.parseHex("01")),
                            () -> store.quarantine(DOCUMENT, "e", Map.of(change(9).hash(), "x")),
                            () -> store.nodes().persist(URL, "t", state()),
                            () -> store.nodes().recognise(URL, AUTHOR.id()),
                            () -> store.nodes().say(URL, Nodes.Link.LEVEL, ""),
                            () -> store.nodes().refused(URL, "t", refusal()),
                            () -> store.nodes().acknowledged(URL, DOCUMENT, List.of()));
            for (Runnable each : others) {
                if (!carriedOut(each)) {
                    refused++;
                    each.run();
                }
            }
            Change last = change(2 * EDITS + 1);
            if (!carriedOut(() -> append(store, last))) {
                refused++;
                append(store, last);
            }
            kept.add(last);
            assertTrue(refused <= 1, "one failed, and all others were carried out");
        }
        check(where, device, kept);
        return points.get();
    }

    /// Once more where the first try met the error.
    private LocalStore open(Path where, AtomicInteger points, int nth, boolean after) {
        UnaryOperator<Connection> failing =
                real -> FailingConnection.failing(real, points, nth, after);
        try {
            return LocalStore.open(where, this::drawn, failing);
        } catch (StoreUnusable said) {
            return LocalStore.open(where, this::drawn, failing);
        }
    }

    private void check(Path where, NodeId device, List<Change> kept) {
        try (var store = open(where)) {
            assertEquals(device, store.key().id(), "nobody has restored it");
            List<StoredEntry> entries = store.of(DOCUMENT, 0);
            List<Bytes> stored = entries.stream().flatMap(e -> e.changes().stream()).toList();
            assertTrue(stored.containsAll(kept.stream().map(Change::bytes).toList()));
            for (StoredEntry entry : entries) {
                boolean alone = entry.changes().equals(List.of(kept.getLast().bytes()));
                assertTrue(entry.changes().size() == 2 || alone, "whole or absent");
            }
            store.write(
                    () -> {
                        store.mark(Lane.LOCAL, StreamEntry.Kind.DELETED, DOCUMENT, null, 1);
                        return true;
                    });
            assertEquals(1, store.life(DOCUMENT));
        }
    }

    /// Whether it returned; else it said why.
    private static boolean carriedOut(Runnable work) {
        try {
            work.run();
            return true;
        } catch (StoreUnusable said) {
            assertTrue(String.valueOf(said.getMessage()).contains("disk I/O error"));
            return false;
        }
    }

    private static Output.State state() {
        return new Output.State(new Positions.Saved(9, 1, Map.of(Lane.LOCAL, 1L)), 1, 1, 1, false);
    }

    private static SyncMessage.Refused refusal() {
        return new SyncMessage.Refused(DOCUMENT, List.of(), Limit.REACH, "not yours");
    }
}
