package org.elohim.cluster.sync;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.Decoded;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.reach.Ruling;
import org.elohim.protocol.sync.Lane;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// `views.db`: the documents and their changes as tables, for whoever wants to look or list; and
/// what [DocumentIndex] knew, so that a start need not read the whole journal.
///
/// Invariants: everything in it follows from the journal, so it may be deleted at any time; no
/// session ever waits for it. It lags behind while much is written, or where its disk is full, and
/// catches up when it is quiet or there is room.
public final class ReadModel {
    public static final String FILE_NAME = "views.db";

    private static final Logger LOG = LoggerFactory.getLogger(ReadModel.class);

    // A file of another version is made anew; that costs one pass over the journal.
    private static final int VERSION = 4;
    private static final int PAGE_EVENTS = 1_000;
    private static final long QUIET_MILLIS = 500;
    // However much is written: else a start after a crash would have to read all of it.
    private static final long LAG_MILLIS_MAX = 30_000;

    private static final long RETRY_MILLIS_MIN = 1_000;
    // A full disk may last for hours.
    private static final long RETRY_MILLIS_MAX = 30_000;

    // SQLite's codes for a file that is none, or no longer. Others are of the disk, and may heal.
    private static final Set<Integer> DAMAGED = Set.of(11, 26);

    private static final List<String> TABLES =
            List.of(
                    """
                    CREATE TABLE documents (
                        id TEXT PRIMARY KEY,
                        automerge_data BLOB,
                        reach TEXT NOT NULL DEFAULT 'private',
                        turn INTEGER NOT NULL,
                        owner TEXT NOT NULL,
                        updated_at INTEGER NOT NULL,
                        synced_at INTEGER,
                        deleted INTEGER NOT NULL DEFAULT 0,
                        life INTEGER NOT NULL,
                        heads_digest TEXT NOT NULL
                    ) WITHOUT ROWID
                    """,
                    """
                    CREATE TABLE sync_events (
                        position INTEGER PRIMARY KEY AUTOINCREMENT,
                        doc_id TEXT NOT NULL REFERENCES documents (id),
                        change_hash TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        timestamp INTEGER NOT NULL
                    )
                    """,
                    "CREATE INDEX sync_events_doc ON sync_events (doc_id)",
                    "CREATE INDEX sync_events_time ON sync_events (timestamp)",
                    "CREATE TABLE read_through (ordering INTEGER NOT NULL)",
                    "INSERT INTO read_through VALUES (0)",
                    "PRAGMA user_version = " + VERSION);

    private static final String ENTRIES =
            "SELECT id, turn, reach, owner, life, heads_digest, updated_at FROM documents";

    private final JournalReader journal;
    private final Path file;
    private volatile Connection connection;
    private final Semaphore commits = new Semaphore(0);
    private final Thread thread;
    private long through;
    private volatile boolean closing;
    private volatile boolean behind;

    private ReadModel(JournalReader journal, Path file) throws IOException, SQLException {
        this.journal = journal;
        this.file = file;
        this.connection = connect(file);
        this.through = readThrough();
        this.thread = Thread.ofVirtual().name("read-model").unstarted(this::follow);
    }

    /// Opens or makes the file, brings it up to the end of the journal, and fills the index from
    /// it. To be called before anything is written.
    public static ReadModel open(Path dataDirectory, JournalReader journal, DocumentIndex index)
            throws IOException, SQLException {
        var model = new ReadModel(journal, dataDirectory.resolve(FILE_NAME));
        model.catchUp();
        model.fill(index);
        model.thread.start();
        return model;
    }

    private static Connection connect(Path file) throws IOException, SQLException {
        try {
            if (version(file) == VERSION) {
                return openFile(file);
            }
        } catch (SQLException damaged) {
            if (!DAMAGED.contains(damaged.getErrorCode() & 0xff)) {
                throw damaged;
            }
            LOG.warn("{} cannot be used and is made anew: {}", file, damaged.toString());
        }
        for (String suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
        }
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Connection connection = openFile(file);
                var statement = connection.createStatement()) {
            for (String sql : TABLES) {
                statement.executeUpdate(sql);
            }
            connection.commit();
        }
        return openFile(file);
    }

    private static Connection openFile(Path file) throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            // After a power cut it may lack its end, which is then read again.
            statement.execute("PRAGMA synchronous = NORMAL");
            connection.setAutoCommit(false);
            return connection;
        } catch (SQLException unusable) {
            // It is tried for as long as the disk is full, and each would stay open.
            connection.close();
            throw unusable;
        }
    }

    private static int version(Path file) throws SQLException {
        try (Connection connection = openFile(file);
                var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA user_version")) {
            return row.getInt(1);
        }
    }

    private long readThrough() throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("SELECT ordering FROM read_through")) {
            return row.getLong(1);
        } finally {
            connection.rollback();
        }
    }

    private void fill(DocumentIndex index) throws SQLException {
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(ENTRIES)) {
            while (rows.next()) {
                index.put(entry(rows));
            }
        } finally {
            connection.rollback();
        }
    }

    private static DocumentIndex.Entry entry(ResultSet row) throws SQLException {
        return new DocumentIndex.Entry(
                DocumentId.parse(row.getString(1)),
                new Ruling(
                        row.getLong(2),
                        Reach.parse(row.getString(3)),
                        NodeId.parse(row.getString(4))),
                row.getLong(5),
                ContentHash.parse(row.getString(6)),
                row.getLong(7));
    }

    /// Says that something was committed; costs nothing.
    public void committed() {
        commits.release();
    }

    private void follow() {
        try {
            while (!closing) {
                commits.acquire();
                awaitQuiet();
                keepUp();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    // What failed once may have left anything behind, so the file is opened anew, and what it
    // holds is where this goes on.
    private void keepUp() throws InterruptedException {
        for (long wait = RETRY_MILLIS_MIN; !closing; wait = Math.min(2 * wait, RETRY_MILLIS_MAX)) {
            try {
                if (behind) {
                    connection.close();
                    connection = connect(file);
                    through = readThrough();
                }
                catchUp();
                if (behind) {
                    LOG.info("the tables in {} are kept again", FILE_NAME);
                }
                behind = false;
                return;
            } catch (IOException | SQLException | RuntimeException failed) {
                if (!behind && !closing) {
                    LOG.warn(
                            "the tables in {} are not kept for now, and tried again: {}",
                            FILE_NAME,
                            failed.toString());
                }
                behind = true;
                TimeUnit.MILLISECONDS.sleep(wait);
            }
        }
    }

    /// Whether something was committed that could not be written down yet.
    boolean isBehind() {
        return behind;
    }

    private void awaitQuiet() throws InterruptedException {
        for (long waited = 0; waited < LAG_MILLIS_MAX && !closing; waited += 2 * QUIET_MILLIS) {
            commits.drainPermits();
            if (!commits.tryAcquire(QUIET_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
            // One permit may be followed by thousands.
            TimeUnit.MILLISECONDS.sleep(QUIET_MILLIS);
        }
    }

    private void catchUp() throws SQLException {
        JournalReader.Page<Committed> page;
        do {
            page = journal.after(through, PAGE_EVENTS).toCompletableFuture().join();
            write(page);
        } while (!page.end() && !closing);
    }

    private void write(JournalReader.Page<Committed> page) throws SQLException {
        if (page.through() <= through) {
            return;
        }
        try (var document =
                        connection.prepareStatement(
                                "INSERT OR REPLACE INTO documents (id, reach, owner, updated_at,"
                                        + " synced_at, deleted, life, heads_digest, turn)"
                                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
                var change =
                        connection.prepareStatement(
                                "INSERT INTO sync_events (doc_id, change_hash, kind, timestamp)"
                                        + " VALUES (?, ?, ?, ?)");
                var position =
                        connection.prepareStatement("UPDATE read_through SET ordering = ?")) {
            for (DocumentIndex.Entry entry : after(page)) {
                write(document, entry);
            }
            for (Committed committed : page.entries()) {
                if (committed.event() instanceof Document.Event.ChangesAccepted accepted) {
                    write(change, accepted);
                }
            }
            position.setLong(1, page.through());
            position.executeUpdate();
        }
        connection.commit();
        through = page.through();
    }

    // Only what a page is about is taken into memory: the node keeps one index of all, not two.
    private List<DocumentIndex.Entry> after(JournalReader.Page<Committed> page)
            throws SQLException {
        var touched = new DocumentIndex();
        var ids = new HashSet<DocumentId>();
        try (var was = connection.prepareStatement(ENTRIES + " WHERE id = ?")) {
            for (Committed committed : page.entries()) {
                if (committed.event() instanceof Document.Event event
                        && ids.add(event.document())) {
                    written(was, event.document()).ifPresent(touched::put);
                }
                touched.apply(committed);
            }
        }
        return touched.page(null, Integer.MAX_VALUE);
    }

    private static Optional<DocumentIndex.Entry> written(PreparedStatement was, DocumentId id)
            throws SQLException {
        was.setString(1, id.toString());
        try (var row = was.executeQuery()) {
            return row.next() ? Optional.of(entry(row)) : Optional.empty();
        }
    }

    private static void write(PreparedStatement row, DocumentIndex.Entry entry)
            throws SQLException {
        row.setString(1, entry.document().toString());
        row.setString(2, entry.reach().toString());
        row.setString(3, entry.ruling().owner().toString());
        row.setLong(4, entry.updatedMillis());
        row.setLong(5, entry.updatedMillis());
        row.setBoolean(6, entry.deleted());
        row.setLong(7, entry.life());
        row.setString(8, entry.headsDigest().toString());
        row.setLong(9, entry.ruling().turn());
        row.executeUpdate();
    }

    private static void write(PreparedStatement row, Document.Event.ChangesAccepted accepted)
            throws SQLException {
        row.setString(1, accepted.document().toString());
        row.setString(3, kind(accepted.lane()));
        row.setLong(4, accepted.atMillis());
        for (Bytes bytes : accepted.changes()) {
            if (Change.parse(bytes) instanceof Decoded.Parsed<? extends Change>(var change)) {
                row.setString(2, change.hash().toString());
                row.executeUpdate();
            }
        }
    }

    private static String kind(Lane lane) {
        return lane.name().toLowerCase(Locale.ROOT);
    }

    public void close() throws SQLException, InterruptedException {
        closing = true;
        commits.release();
        thread.interrupt();
        thread.join(TimeUnit.SECONDS.toMillis(5));
        connection.close();
    }
}
