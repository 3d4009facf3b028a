package org.elohim.cluster.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/// The journal's part of the ActorSystem's configuration.
///
/// Invariants: a commit is on the disk before it is acknowledged, whatever connection makes it.
///
/// The plugin's own pool of connections is opened but not used: [AkkaJournal] writes and reads.
public final class JournalSettings {
    // Snapshots are written over a connection of their own and wait here for the event writer.
    static final int BUSY_TIMEOUT_MILLIS = 10_000;
    // What the WAL is cut back to after a checkpoint; without it the file keeps its largest size.
    static final int WAL_BYTES_AFTER_CHECKPOINT = 16 << 20;
    // Checkpoint about every 4 MB: rarely enough to be cheap, often enough to keep start-up short.
    static final int WAL_AUTOCHECKPOINT_PAGES = 1_000;

    static final int REPLAY_BATCH_EVENTS = 1_000;

    // The journal hands events over without waiting for the actor that takes them in, so each may
    // hold all that was written since its snapshot. With two threads that read, more at once do not
    // get there any sooner.
    static final int RECOVERIES_MAX = 4;

    // Akka takes what came while an actor wrote one inside of the other: each of them costs up to
    // 7 kB of the thread's stack, so the launcher gives threads 32 MB (-Xss), of which only what is
    // used is real. Were one of more than these dropped, somebody would miss it for ever; an actor
    // that starts again is asked again.
    public static final int COMMANDS_BEHIND_A_WRITE_MAX = 4_096;

    private JournalSettings() {}

    public static Config of(Path dataDirectory) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("akka.persistence.journal.plugin", "jdbc-journal");
        settings.put("akka.persistence.snapshot-store.plugin", "elohim-snapshots");
        settings.put("elohim-snapshots.class", SnapshotParts.class.getName());
        settings.put("jdbc-journal.dao", AkkaJournal.class.getName());
        settings.put("akka.actor.allow-java-serialization", false);
        settings.put("jdbc-journal.replayBatchSize", REPLAY_BATCH_EVENTS);
        settings.put("akka.persistence.max-concurrent-recoveries", RECOVERIES_MAX);
        settings.put("akka.persistence.typed.stash-capacity", COMMANDS_BEHIND_A_WRITE_MAX);
        settings.put("akka.persistence.typed.stash-overflow-strategy", "fail");
        String url = "jdbc:sqlite:" + dataDirectory.resolve(JournalSchema.FILE_NAME);
        settings.putAll(database("jdbc-journal", url, 1));
        return ConfigFactory.parseMap(settings, "journal settings");
    }

    private static Map<String, Object> database(String plugin, String url, int threads) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("profile", "slick.jdbc.SQLiteProfile$");
        settings.put("db.driver", "org.sqlite.JDBC");
        settings.put("db.url", url);
        settings.put("db.numThreads", threads);
        settings.put("db.maxConnections", threads);
        settings.put("db.minConnections", threads);

        // A local file does not time out; a new connection would only run the pragmas again.
        settings.put("db.maxLifetime", 0);
        settings.put("db.idleTimeout", 0);
        writerPragmas().forEach((name, value) -> settings.put("db.properties." + name, value));
        Map<String, Object> prefixed = new HashMap<>();
        settings.forEach((name, value) -> prefixed.put(plugin + ".slick." + name, value));
        return prefixed;
    }

    /// What every writing connection sets up first.
    public static Properties writerPragmas() {
        Properties pragmas = new Properties();
        pragmas.setProperty("journal_mode", "WAL");
        pragmas.setProperty("synchronous", "FULL");
        pragmas.setProperty("busy_timeout", String.valueOf(BUSY_TIMEOUT_MILLIS));
        pragmas.setProperty("journal_size_limit", String.valueOf(WAL_BYTES_AFTER_CHECKPOINT));
        pragmas.setProperty("wal_autocheckpoint", String.valueOf(WAL_AUTOCHECKPOINT_PAGES));
        pragmas.setProperty("foreign_keys", "true");
        return pragmas;
    }
}
