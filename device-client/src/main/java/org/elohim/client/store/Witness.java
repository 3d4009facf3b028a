package org.elohim.client.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.elohim.protocol.Bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A small file beside the store, by which the store sees whether it was copied, or put back from a
/// backup: a copy of the file is another file, and the store names a new one at each open.
///
/// It holds the last place of the journal as its mark: a store that ends before it has lost what it
/// had written, be it through a backup or through a disk that did not keep its word.
///
/// Invariants: the store names its witness in the transaction that makes it, and the one before
/// goes only after that, so that a crash in between leaves a witness to whichever is named; the
/// mark follows what is on the disk, and never precedes it.
final class Witness {
    private static final String PREFIX = "device.witness.";
    private static final Pattern OURS = Pattern.compile(Pattern.quote(PREFIX) + "[0-9]+");
    private static final String NAME = "witness";
    private static final String PLACE = "place";
    private static final int NUMBERS_BYTES = 2 * Long.BYTES;
    private static final FileTime UNBORN = FileTime.fromMillis(0);

    private final Sql sql;
    private final Path directory;

    Witness(Sql sql, Path directory) {
        this.sql = sql;
        this.directory = directory;
    }

    /// Whether the store is the one that was last written here.
    boolean vouches() {
        // Before the mark is read, so that no mark is of what comes in between.
        long end = end();
        Optional<Path> named = named();
        if (named.isEmpty()) {
            return false;
        }
        try (var file = FileChannel.open(named.get(), StandardOpenOption.READ)) {
            var mark = ByteBuffer.allocate(Long.BYTES);
            return file.read(mark, 0) == Long.BYTES
                    && mark.getLong(0) <= end
                    && isAt(place(named.get()));
        } catch (NoSuchFileException elsewhere) {
            return false;
        } catch (IOException failed) {
            throw unusable(failed);
        }
    }

    /// Makes another one, by which the store is known from now on; within a transaction, so that no
    /// two processes do it at once.
    ///
    /// @return the one before, which may go once that is on the disk
    Optional<Path> renew() throws SQLException {
        Optional<Path> before = named();
        try {
            for (Path file : all()) {
                // What a crash or a full disk has left behind.
                if (!before.equals(Optional.of(file))) {
                    Files.delete(file);
                }
            }
            Path made = Files.createTempFile(directory, PREFIX, "");
            // Where no time of birth is kept, this one is shown in its place.
            Files.setLastModifiedTime(made, UNBORN);
            Bytes place = place(made);
            write(made, end(), true);
            force(directory);
            PropertyRows.put(
                    sql, NAME, Bytes.copyOf(made.getFileName().toString().getBytes(UTF_8)));
            PropertyRows.put(sql, PLACE, born(made).equals(UNBORN) ? numbers(place) : place);
            return before;
        } catch (IOException failed) {
            throw unusable(failed);
        }
    }

    /// Removes one that the store on the disk names no more.
    static void remove(Path former) {
        try {
            Files.deleteIfExists(former);
        } catch (IOException later) {
            // The next open removes it.
        }
    }

    /// Notes how far the journal on the disk goes. It is not forced: a loss of power may leave an
    /// older mark, which accuses nobody.
    void mark() {
        try {
            Optional<Path> named = named();
            if (named.isPresent()) {
                write(named.get(), end(), false);
            }
        } catch (IOException | StoreUnusable older) {
            // Whoever opens the store has just made another, which knows; or the disk is broken,
            // and the next write says so. This one was kept.
        }
    }

    private static void write(Path file, long mark, boolean forced) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(Long.BYTES).putLong(0, mark), 0);
            if (forced) {
                channel.force(true);
            }
        }
    }

    private static void force(Path directory) throws IOException {
        try (var entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        }
    }

    private long end() {
        return sql.number("SELECT COALESCE(MAX(ordering), 0) FROM entry");
    }

    private Optional<Path> named() {
        return PropertyRows.find(sql, NAME)
                .map(name -> directory.resolve(new String(name.toArray(), UTF_8)));
    }

    private List<Path> all() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> OURS.matcher(file.getFileName().toString()).matches())
                    .toList();
        }
    }

    private boolean isAt(Bytes place) {
        Optional<Bytes> then = PropertyRows.find(sql, PLACE);
        return then.equals(Optional.of(place)) || then.equals(Optional.of(numbers(place)));
    }

    // A file's number may come again once it is free, the time of its birth does not. Nobody can
    // choose either.
    private Bytes place(Path file) throws IOException {
        Path store = directory.resolve(LocalStore.FILE_NAME);
        return Bytes.copyOf(
                ByteBuffer.allocate(NUMBERS_BYTES + Long.BYTES)
                        .putLong((long) Files.getAttribute(store, "unix:ino"))
                        .putLong((long) Files.getAttribute(file, "unix:ino"))
                        .putLong(born(file).toMillis())
                        .array());
    }

    private static Bytes numbers(Bytes place) {
        return place.slice(0, NUMBERS_BYTES);
    }

    private static FileTime born(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).creationTime();
    }

    private StoreUnusable unusable(IOException failed) {
        return new StoreUnusable(
                "%s cannot be used: %s. Check its owner and the space on the disk."
                        .formatted(directory, failed),
                failed);
    }
}
