package org.elohim.cluster.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Kills a process that journals, many times, and looks at what it had promised.
///
/// The page cache outlives a killed process: this proves order and completeness of what is written,
/// not the fsync, which `JournalSettingsTest` proves by its setting.
class KillTest {
    private static final long SEED = 20_261_120;
    // A round is mostly the start of a JVM, about two seconds.
    private static final int ROUNDS = 16;
    // From the first steps of a start to well past a checkpoint and several snapshots.
    private static final int ACKNOWLEDGEMENTS_MAX = 1_200;

    @TempDir Path directory;

    // Per node, what the test knows of its number.
    private final long[] acknowledged = new long[KillVictim.NODES];

    @Test
    @DisplayName("R-03: kill -9 at any moment loses nothing acknowledged and invents nothing")
    void killedAtAnyMomentTheJournalKeepsWhatItAcknowledged() throws Exception {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            int lifetime = 1 + random.nextInt(ACKNOWLEDGEMENTS_MAX);
            String told = "seed " + SEED + ", round " + round + ", killed after " + lifetime;

            liveAndDie(lifetime, told);

            try (Connection journal = open()) {
                // Numbers rise by one from the first event on, so number and count are the same.
                for (int node = 0; node < KillVictim.NODES; node++) {
                    assertKept(node, events(journal, node), told);
                }
                assertEquals("ok", text(journal, "PRAGMA integrity_check"), told);
                assertEquals(
                        text(journal, "SELECT count(*) FROM event_journal"),
                        text(journal, "SELECT max(ordering) FROM event_journal"),
                        "no gaps in ordering; " + told);
            }
        }
        assertTrue(acknowledged[0] > ROUNDS, "the victims worked: " + acknowledged[0]);
    }

    private void liveAndDie(int lifetime, String told) throws IOException, InterruptedException {
        Process victim = start();
        try (BufferedReader lines = victim.inputReader(StandardCharsets.UTF_8)) {
            int acknowledgements = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", 3);
                int node = Integer.parseInt(words[1]);
                long number = Long.parseLong(words[2]);
                if ("found".equals(words[0])) {
                    assertKept(node, number, "recovered; " + told);
                } else {
                    acknowledgements++;
                }
                acknowledged[node] = number;
                if (acknowledgements == lifetime) {
                    // SIGKILL; what the victim had said by then is still read to its end.
                    kill(victim);
                }
            }
        } finally {
            kill(victim);
        }
        assertTrue(victim.waitFor(20, TimeUnit.SECONDS), told);
    }

    // By its handle: Process.destroyForcibly closes the pipe too, and with it the last words.
    private static void kill(Process victim) {
        victim.toHandle().destroyForcibly();
    }

    // One command of each node is in flight: it may have been journaled without being acknowledged.
    private void assertKept(int node, long number, String told) {
        assertTrue(
                number == acknowledged[node] || number == acknowledged[node] + 1,
                "node %d: acknowledged %d, found %d; %s"
                        .formatted(node, acknowledged[node], number, told));
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xmx256m",
                        // A killed process leaves its copy of SQLite's library behind.
                        "-Dorg.sqlite.tmpdir=" + Path.of("target").toAbsolutePath(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillVictim.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private Connection open() throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("journal.db"));
    }

    private static long events(Connection journal, int node) throws SQLException {
        String persistenceId = RegisteredNode.persistenceId(KillVictim.nodeId(node)).id();
        String where = " FROM event_journal WHERE persistence_id = '" + persistenceId + "'";
        String count = text(journal, "SELECT count(*)" + where);
        assertTrue(
                List.of(count, "null")
                        .contains(text(journal, "SELECT max(sequence_number)" + where)));
        return Long.parseLong(count);
    }

    private static String text(Connection journal, String sql) throws SQLException {
        try (var statement = journal.createStatement();
                var row = statement.executeQuery(sql)) {
            return String.valueOf(row.getString(1));
        }
    }
}
