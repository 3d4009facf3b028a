package org.elohim.client.store;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// By what others see that somebody who uses the store is still there: a file that he has locked.
/// The system frees the lock when his process is gone, however it ended; no clock is asked.
///
/// Invariants: a file is named to others only once it is locked; nobody locks one again that its
/// owner has left, so what is free once stays free.
final class Presence implements AutoCloseable {
    private static final String PREFIX = "device.present.";
    private static final Pattern OURS = Pattern.compile(Pattern.quote(PREFIX) + "[0-9]+");

    // Of this process. To the system its locks are one, and closing a file frees them all: a file
    // that is locked here must not even be opened to see whether it is.
    private static final Set<Path> HERE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private @Nullable Path file;
    private @Nullable FileChannel channel;

    Presence(Path directory) {
        this.directory = directory;
    }

    /// By which others ask whether he is there; to be called within a transaction, so that nobody
    /// takes a file for one that was left before it is locked.
    String name() {
        if (file == null) {
            try {
                removeLeft();
                file = locked(Files.createTempFile(directory.toRealPath(), PREFIX, ""));
            } catch (IOException failed) {
                throw new StoreUnusable(
                        "%s cannot be used: %s. Check its owner and the space on the disk."
                                .formatted(directory, failed),
                        failed);
            }
        }
        return file.getFileName().toString();
    }

    private Path locked(Path made) throws IOException {
        HERE.add(made);
        FileChannel opened = FileChannel.open(made, StandardOpenOption.WRITE);
        if (opened.tryLock() == null) {
            throw new IOException("the new file " + made + " is locked by another process");
        }
        channel = opened;
        return made;
    }

    /// Whether the one of this name is still there.
    boolean isThere(String name) {
        try {
            return isThere(directory.toRealPath().resolve(name));
        } catch (IOException unknown) {
            // He may be.
            return true;
        }
    }

    private static boolean isThere(Path other) throws IOException {
        if (HERE.contains(other)) {
            return true;
        }
        try (var opened = FileChannel.open(other, StandardOpenOption.WRITE);
                FileLock free = opened.tryLock()) {
            return free == null;
        } catch (NoSuchFileException gone) {
            return false;
        } catch (OverlappingFileLockException anotherLooks) {
            return true;
        }
    }

    private void removeLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory.toRealPath())) {
            List<Path> ours =
                    files.filter(each -> OURS.matcher(each.getFileName().toString()).matches())
                            .toList();
            for (Path each : ours) {
                if (!isThere(each)) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }

    @Override
    public void close() {
        if (file == null || channel == null) {
            return;
        }
        Path left = file;
        try {
            Files.deleteIfExists(left);
            channel.close();
        } catch (IOException leftBehind) {
            // Whoever needs one of his own next removes it.
        } finally {
            HERE.remove(left);
        }
    }
}
