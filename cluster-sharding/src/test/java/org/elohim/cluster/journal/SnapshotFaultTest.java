package org.elohim.cluster.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.fault.FailingConnection;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/// What is written beside the events: snapshots in parts, the end of old ones, the end of events.
class SnapshotFaultTest {
    private static final String ACTOR = "actor";
    private static final int EVENTS = 6;
    private static final int FORGOTTEN = 3;
    // One more than are kept: the last of them ends the first.
    private static final List<Long> SNAPSHOTS = List.of(3L, 4L, 5L);
    private static final int PARTS = 3;
    private static final int POINTS_MAX = 200;

    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("R-06: an I/O error at each write point of snapshots, their pruning and deletions")
    void whateverWriteFailsASnapshotIsWholeAndNoEventIsLost(boolean after) throws Exception {
        int points = 1;
        for (int nth = 1; nth <= points; nth++) {
            points = run(Files.createDirectory(directory.resolve("run" + nth)), nth, after);
            assertTrue(points < POINTS_MAX, "points=" + points);
        }
        assertTrue(points > SNAPSHOTS.size() * PARTS * 2, "points=" + points);
    }

    /// Returns how many write points there were.
    private static int run(Path data, int nth, boolean after) throws Exception {
        JournalSchema.current().prepare(data);
        var points = new AtomicInteger();
        Connection real = BareJournal.connection(data);
        JournalWriter writer;
        try {
            writer =
                    new JournalWriter(FailingConnection.failing(real, points, nth, after), _ -> {});
        } catch (SQLException notOpened) {
            real.close();
            return points.get() + 1;
        }
        var reader = new JournalReader(connections(data), (_, _, _) -> "");
        var rows = new SnapshotRows(writer, reader);
        boolean written = isDone(writer.write(BareJournal.rows(ACTOR, EVENTS)));
        Set<Long> saved = new TreeSet<>();
        for (long snapshot : SNAPSHOTS) {
            if (isDone(rows.save(ACTOR, snapshot, 0, 1, "m", content(snapshot)))) {
                saved.add(snapshot);
            }
        }
        boolean forgotten =
                isDone(writer.submit(with -> AkkaJournal.forget(with, ACTOR, FORGOTTEN)));
        // The fault may hit one of these; the other finds a sound disk.
        boolean first = isDone(writer.write(BareJournal.rows("next", 1)));
        boolean second = isDone(writer.write(BareJournal.rows("last", 1)));
        assertTrue(first || second, "the journal goes on");
        check(rows, saved);
        writer.close();
        reader.close();
        check(data, written, forgotten);
        return points.get();
    }

    private static List<Connection> connections(Path data) throws SQLException {
        var connections = new ArrayList<Connection>();
        for (int i = 0; i < JournalReader.THREADS; i++) {
            connections.add(BareJournal.connection(data));
        }
        return connections;
    }

    private static boolean isDone(CompletionStage<Void> work) {
        return work.handle((_, failure) -> failure == null).toCompletableFuture().join();
    }

    private static byte[] content(long snapshot) {
        byte[] content = new byte[(PARTS - 1) * SnapshotRows.PART_BYTES + 1];
        Arrays.fill(content, (byte) snapshot);
        return content;
    }

    private static void check(SnapshotRows rows, Set<Long> saved) {
        List<SnapshotRows.Head> found =
                rows.find(ACTOR, 0, Long.MAX_VALUE, 0, Long.MAX_VALUE).toCompletableFuture().join();
        for (SnapshotRows.Head head : found) {
            assertArrayEquals(
                    content(head.sequenceNumber), rows.content(head).toCompletableFuture().join());
        }
        if (!saved.isEmpty()) {
            // Later ones may be there as well, though their writers heard of a failure.
            assertTrue(found.getFirst().sequenceNumber >= new TreeSet<>(saved).last(), "newest");
        }
    }

    private static void check(Path data, boolean written, boolean forgotten) throws SQLException {
        var left = new TreeSet<Long>();
        try (Connection reopened = BareJournal.connection(data);
                var query =
                        reopened.prepareStatement(
                                "SELECT sequence_number FROM event_journal"
                                        + " WHERE persistence_id = ? AND deleted = 0")) {
            query.setString(1, ACTOR);
            try (var numbers = query.executeQuery()) {
                while (numbers.next()) {
                    left.add(numbers.getLong(1));
                }
            }
        }
        if (written) {
            assertEquals(EVENTS - FORGOTTEN, left.tailSet(FORGOTTEN + 1L).size(), left + "");
        }
        int old = left.headSet(FORGOTTEN + 1L).size();
        assertTrue(old == 0 || old == FORGOTTEN, "all or none: " + left);
        assertTrue(!forgotten || old == 0, "forgotten: " + left);
    }
}
