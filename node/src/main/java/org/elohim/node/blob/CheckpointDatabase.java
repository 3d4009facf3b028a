package org.elohim.node.blob;

import org.elohim.protocol.blob.Checkpoint;
import org.elohim.protocol.blob.CheckpointCodec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.Set;

/// The index of blobs in a SQLite file of its own, a row for each block.
///
/// All rows are written in one transaction, so a loss of power leaves the old ones or the new ones.
/// Each has a check of its own besides: SQLite has none for its pages, and would hand out a flipped
/// bit. With a rollback journal, because everything is replaced: a log of what is written would be
/// as large once more, and want its bound.
///
/// Invariants: a database that is damaged in whatever way is no checkpoint, and is made anew by the
/// next one. Only on platform threads, one at a time: SQLite is native code.
final class CheckpointDatabase implements CheckpointStore {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointDatabase.class);
    static final String FILE_NAME = "index.db";
    private static final String JOURNAL = "-journal";
    // No row that is longer is read into memory.
    private static final int ROW_BYTES_MAX =
            CheckpointCodec.FRAME_BYTES + CheckpointCodec.BLOCK_BYTES_MAX;

    // What speaks of the file and not of the disk that it lies on.
    private static final Set<Integer> DAMAGED =
            Set.of(
                    SQLiteErrorCode.SQLITE_ERROR.code,
                    SQLiteErrorCode.SQLITE_CORRUPT.code,
                    SQLiteErrorCode.SQLITE_CONSTRAINT.code,
                    SQLiteErrorCode.SQLITE_MISMATCH.code,
                    SQLiteErrorCode.SQLITE_NOTADB.code);

    private final Path file;
    // What was found to be damaged is not written to: of its free pages some may be in use.
    private volatile boolean isDamaged;

    private CheckpointDatabase(Path file) {
        this.file = file;
    }

    static CheckpointDatabase in(Path directory) {
        return new CheckpointDatabase(directory.resolve(FILE_NAME));
    }

    private Connection open() throws SQLException {
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = DELETE");
            // After a commit it is on the disk that the journal is gone.
            statement.execute("PRAGMA synchronous = EXTRA");
            // Damage is to be found before it is believed.
            statement.execute("PRAGMA cell_size_check = ON");
            return connection;
        } catch (SQLException failed) {
            connection.close();
            throw failed;
        }
    }

    @Override
    public Loading load(long seed) {
        if (!Files.exists(file)) {
            return Loading.NOTHING;
        }
        try {
            Optional<Loaded> whole = read(seed);
            isDamaged = whole.isEmpty();
            if (isDamaged) {
                LOG.warn("the index of blobs is damaged, so all segments are read file={}", file);
            }
            return new Loading(true, whole);
        } catch (SQLException failed) {
            isDamaged = true;
            LOG.warn(
                    "the index of blobs cannot be read, so all segments are file={} reason={}",
                    file,
                    failed.toString());
            return Loading.DAMAGED;
        }
    }

    private Optional<Loaded> read(long seed) throws SQLException {
        var reading = new CheckpointBlocks.Reading(seed);
        try (Connection connection = open();
                PreparedStatement select =
                        connection.prepareStatement(
                                "SELECT bytes FROM block"
                                        + " WHERE typeof(bytes) = 'blob' AND length(bytes) <= ?"
                                        + " ORDER BY id")) {
            select.setInt(1, ROW_BYTES_MAX);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    byte[] bytes = rows.getBytes(1);
                    if (bytes == null || !reading.take(ByteBuffer.wrap(bytes))) {
                        return Optional.empty();
                    }
                }
            }
        }
        return reading.whole();
    }

    @Override
    public void write(Checkpoint checkpoint, SharedIndex index) throws IOException {
        if (isDamaged) {
            // Without its file a journal means nothing, and with another one harm.
            Files.deleteIfExists(file.resolveSibling(FILE_NAME + JOURNAL));
            Files.deleteIfExists(file);
        }
        makeFile();
        try (Connection connection = open()) {
            replaceRows(connection, checkpoint, index);
            isDamaged = false;
        } catch (SQLException failed) {
            // The primary code stands in the lowest byte.
            int code = failed.getErrorCode() & 0xff;
            isDamaged = isDamaged || DAMAGED.contains(code);
            throw code == SQLiteErrorCode.SQLITE_FULL.code
                    ? NoSpace.ofDisk()
                    : new IOException("the index of blobs is not written: " + failed, failed);
        }
    }

    // SQLite would let everybody read it.
    private void makeFile() throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
    }

    // A connection that is closed without a commit takes back what it has done.
    private static void replaceRows(Connection connection, Checkpoint checkpoint, SharedIndex index)
            throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS block (id INTEGER PRIMARY KEY, bytes BLOB NOT"
                            + " NULL)");
            statement.execute("DELETE FROM block");
        }
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO block (bytes) VALUES (?)")) {
            CheckpointBlocks.write(
                    checkpoint,
                    index,
                    (CheckpointBlocks.Sink<SQLException>)
                            block -> {
                                byte[] bytes = new byte[block.remaining()];
                                block.get(bytes);
                                insert.setBytes(1, bytes);
                                insert.executeUpdate();
                            });
        }
        connection.commit();
    }
}
