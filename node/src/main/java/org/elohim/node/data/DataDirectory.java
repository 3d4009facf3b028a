package org.elohim.node.data;

import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;
import org.elohim.protocol.id.NodeId;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// The directory that holds everything one node owns.
///
/// Invariants: at most one process has it open; a directory written by a newer version, or for
/// another node, is never changed. An address that a killed process has left in it is gone before
/// anybody can take the directory for that of a running node.
public final class DataDirectory implements AutoCloseable {
    // Below this the journal cannot even create its write-ahead log and shared-memory files.
    static final long FREE_BYTES_MIN = 8L << 20;
    private static final String LOCK_FILE_NAME = "lock";
    // Whoever only looks has the lock for less than one of these.
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final int LOOKS_MAX = 20;

    private final Path path;
    private final FileChannel lockFile;
    private final FileLock lock;

    private DataDirectory(Path path, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /// Opens the directory, making it where it does not exist.
    public static DataDirectory open(Path path) throws StartFailure {
        refuseMisleadingName(path);
        try {
            // Looked at before the lock file is made: a newer version's directory stays as it is.
            refuseNewer(path);
            Files.createDirectories(
                    path,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            long free = Files.getFileStore(path).getUsableSpace();
            if (free < FREE_BYTES_MIN) {
                throw new StartFailure(
                        ExitCode.ENVIRONMENT,
                        "The disk of the data directory "
                                + path
                                + " is full ("
                                + free
                                + " bytes free). Free at least "
                                + (FREE_BYTES_MIN >> 20)
                                + " MiB, or choose another place with --data-dir.");
            }
            return lock(path);
        } catch (IOException failed) {
            throw unusable(path, failed);
        }
    }

    /// Whether a living process has the directory open. Not for who has it open itself: on Unix it
    /// would lose its lock by looking.
    public static boolean isHeld(Path path) throws IOException {
        Path file = path.resolve(LOCK_FILE_NAME);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            // A shared one: many may look at once, and the file need not be writable.
            return channel.tryLock(0, Long.MAX_VALUE, true) == null;
        } catch (NoSuchFileException absent) {
            return false;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return true;
        }
    }

    // SQLite's driver reads settings behind a question mark, the log's rolling a pattern in a
    // percent
    // sign; either would put files elsewhere than where their owner looks for them.
    private static void refuseMisleadingName(Path path) throws StartFailure {
        if (path.toString().contains("?") || path.toString().contains("%")) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "The data directory's path may not hold a ? or a %: "
                            + path
                            + ". Choose another with --data-dir.");
        }
    }

    private static DataDirectory lock(Path path) throws IOException, StartFailure {
        FileChannel channel =
                FileChannel.open(
                        path.resolve(LOCK_FILE_NAME),
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            FileLock lock = tryLock(channel);
            if (lock == null) {
                throw new StartFailure(
                        ExitCode.ENVIRONMENT,
                        "Another elohim-node"
                                + holder(channel)
                                + " is using the data directory "
                                + path
                                + ". Stop it first, or give this one a directory of its own with"
                                + " --data-dir.");
            }
            // Nobody serves there any more, and who listens there now is a stranger.
            Files.deleteIfExists(path.resolve(NodeAddress.FILE_NAME));
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(
                            (ProcessHandle.current().pid() + "\n")
                                    .getBytes(StandardCharsets.US_ASCII)),
                    0);
            return new DataDirectory(path, channel, lock);
        } catch (IOException | StartFailure failed) {
            channel.close();
            throw failed;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            for (int looks = 0; lock == null && looks < LOOKS_MAX; looks++) {
                LockSupport.parkNanos(LOOK.toNanos());
                lock = channel.tryLock();
            }
            return lock;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private static String holder(FileChannel channel) throws IOException {
        var content = ByteBuffer.allocate(32);
        channel.read(content, 0);
        String pid = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
        return pid.strip().matches("[0-9]{1,10}") ? " (process " + pid.strip() + ")" : "";
    }

    private static void refuseNewer(Path path) throws IOException, StartFailure {
        Path file = path.resolve(DataManifest.FILE_NAME);
        if (Files.exists(file)) {
            readManifest(file);
        }
    }

    private static DataManifest readManifest(Path file) throws IOException, StartFailure {
        String text;
        try {
            text = SafeFile.read(file, DataManifest.FILE_BYTES_MAX);
        } catch (FileSystemException unreadable) {
            throw unreadable;
        } catch (IOException notText) {
            text = "";
        }
        return switch (DataManifest.parse(text)) {
            case DataManifest.Parsed.Known(var manifest) -> manifest;
            case DataManifest.Parsed.Newer(var format, var writtenBy) ->
                    throw new StartFailure(
                            ExitCode.USAGE,
                            "The data directory "
                                    + file.getParent()
                                    + " was written by elohim-node "
                                    + writtenBy
                                    + " (data format "
                                    + format
                                    + "); this version reads up to format "
                                    + DataManifest.FORMAT
                                    + ". Start it with that version or a later one. Nothing was"
                                    + " changed.");
            case DataManifest.Parsed.Damaged(var reason) ->
                    throw new StartFailure(
                            ExitCode.UNTRUSTED_DATA,
                            file
                                    + " is damaged ("
                                    + reason
                                    + "). It says whose data this directory holds; restore it from"
                                    + " a backup. Nothing was changed.");
        };
    }

    /// The node whose data this is; empty until its first start has come far enough.
    public Optional<NodeId> owner() throws StartFailure {
        Path file = path.resolve(DataManifest.FILE_NAME);
        try {
            return Files.exists(file) ? Optional.of(readManifest(file).node()) : Optional.empty();
        } catch (IOException failed) {
            throw unusable(path, failed);
        }
    }

    /// Holds the directory to its node.
    public void refuseOther(NodeId node) throws StartFailure {
        Optional<NodeId> owner = owner();
        if (owner.isPresent() && !owner.get().equals(node)) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    "The data directory "
                            + path
                            + " belongs to node "
                            + owner.get()
                            + ", but the key in it is that of node "
                            + node
                            + ". Put the right node.key back, or start with an empty data"
                            + " directory. Nothing was changed.");
        }
    }

    /// What an owned directory must hold; where it is gone, starting anew would hide the loss.
    public void refuseLossOf(String name) throws StartFailure {
        Optional<NodeId> owner = owner();
        if (owner.isPresent() && Files.notExists(path.resolve(name))) {
            throw new StartFailure(
                    ExitCode.UNTRUSTED_DATA,
                    path.resolve(name)
                            + " is gone, but the directory belongs to node "
                            + owner.get()
                            + ". Restore the file from a backup; to begin anew without what it"
                            + " held, start with an empty data directory. Nothing was changed.");
        }
    }

    /// Binds the directory to a node at its first start. Everything that an owned directory must
    /// hold is there by then.
    public void belongTo(NodeId node, String version) throws StartFailure {
        refuseOther(node);
        Path file = path.resolve(DataManifest.FILE_NAME);
        var wanted = new DataManifest(DataManifest.FORMAT, version, node);
        try {
            if (Files.notExists(file) || !readManifest(file).equals(wanted)) {
                SafeFile.write(file, wanted.render());
            }
        } catch (IOException failed) {
            throw unusable(path, failed);
        }
    }

    public Path path() {
        return path;
    }

    public Path resolve(String name) {
        return path.resolve(name);
    }

    @Override
    public void close() throws IOException {
        lock.release();
        lockFile.close();
    }

    /// The failure as a sentence: the kernel's words alone do not say what to do.
    public static StartFailure unusable(Path path, IOException failed) {
        String reason =
                switch (failed) {
                    case AccessDeniedException denied ->
                            "no permission for " + denied.getFile() + " (user " + user() + ")";
                    case NoSuchFileException absent -> absent.getFile() + " cannot be made there";
                    case FileAlreadyExistsException notADirectory ->
                            notADirectory.getFile() + " is there and is not a directory";
                    case FileSystemException other when other.getReason() != null ->
                            other.getFile() + ": " + other.getReason();
                    default -> String.valueOf(failed.getMessage());
                };
        return new StartFailure(
                ExitCode.ENVIRONMENT,
                "The data directory "
                        + path
                        + " cannot be used: "
                        + reason
                        + ". Mend that, or choose another place with --data-dir.",
                failed);
    }

    private static String user() {
        return System.getProperty("user.name", "unknown");
    }
}
