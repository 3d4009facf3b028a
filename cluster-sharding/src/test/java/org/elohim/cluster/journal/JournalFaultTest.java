package org.elohim.cluster.journal;

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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

class JournalFaultTest {
    private static final int WRITES = 8;
    private static final int EVENTS_PER_WRITE = 2;
    // More than all of them, each in a transaction of its own, ever need.
    private static final int POINTS_MAX = 200;

    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("R-06: an I/O error at each write point, before or after it was carried out")
    void whateverWriteFailsNothingAcknowledgedIsLost(boolean after) throws Exception {
        int points = 1;
        for (int nth = 1; nth <= points; nth++) {
            points = run(Files.createDirectory(directory.resolve("run" + nth)), nth, after);
            assertTrue(points < POINTS_MAX, "points=" + points);
        }
        assertTrue(points > WRITES * EVENTS_PER_WRITE, "points=" + points);
    }

    /// Returns how many write points there were.
    private static int run(Path data, int nth, boolean after) throws Exception {
        JournalSchema.current().prepare(data);
        var heard = new CopyOnWriteArrayList<Committed>();
        Connection real = BareJournal.connection(data);
        var points = new AtomicInteger();
        JournalWriter writer;
        try {
            writer =
                    new JournalWriter(
                            FailingConnection.failing(real, points, nth, after), heard::addAll);
        } catch (SQLException notOpened) {
            real.close();
            return points.get() + 1;
        }
        var writes = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < WRITES; i++) {
            writes.add(writer.write(rows(i)).toCompletableFuture());
            if (i % 2 == 1) {
                // So that some share a transaction and others do not.
                writes.getLast().handle((_, _) -> true).join();
            }
        }
        Set<String> acknowledged = new HashSet<>();
        for (int i = 0; i < WRITES; i++) {
            if (writes.get(i).handle((_, failure) -> failure == null).join()) {
                acknowledged.add("writer" + i);
            }
        }
        // The fault may hit one of these; the other finds a sound disk.
        boolean recovered = false;
        for (int i = WRITES; i < WRITES + 2; i++) {
            if (writer.write(rows(i))
                    .toCompletableFuture()
                    .handle((_, failure) -> failure == null)
                    .join()) {
                acknowledged.add("writer" + i);
                recovered = true;
            }
        }
        assertTrue(recovered, "the journal goes on");
        writer.close();
        check(data, acknowledged, heard);
        return points.get();
    }

    private static void check(Path data, Set<String> acknowledged, List<Committed> heard)
            throws SQLException {
        List<String> stored = new ArrayList<>();
        List<Long> orderings = new ArrayList<>();
        try (Connection reopened = BareJournal.connection(data);
                var statement = reopened.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT \"ordering\", persistence_id FROM event_journal"
                                        + " ORDER BY \"ordering\"")) {
            while (rows.next()) {
                orderings.add(rows.getLong(1));
                stored.add(rows.getString(2));
            }
        }
        assertTrue(stored.containsAll(acknowledged), stored + " lacks some of " + acknowledged);
        for (String writer : new HashSet<>(stored)) {
            assertEquals(
                    EVENTS_PER_WRITE,
                    stored.stream().filter(writer::equals).count(),
                    writer + " is whole or absent");
        }
        assertEquals(LongStream.rangeClosed(1, stored.size()).boxed().toList(), orderings);
        Set<String> told = new HashSet<>();
        heard.forEach(committed -> told.add(committed.persistenceId()));
        assertTrue(told.containsAll(acknowledged), told + " lacks some of " + acknowledged);
    }

    private static List<JournalRow> rows(int writer) {
        return BareJournal.rows("writer" + writer, EVENTS_PER_WRITE);
    }
}
