package org.elohim.node.blob;

import org.elohim.node.data.SafeFile;
import org.elohim.node.exit.ExitCode;
import org.elohim.node.exit.StartFailure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// The blobs of a running node: one store and the ways to it, whatever actors begin and end around.
///
/// Invariants: it is open for as long as its directory is locked by this process.
public final class Blobs implements AutoCloseable {
    public static final String DIRECTORY = "blobs";

    // Beside the blobs, so that it goes with them.
    private static final String DISK = "disk.id";

    private static final int DISK_BYTES = 16;

    // As the store looks after itself.
    private static final long UPKEEP_SECONDS = 60;

    private final Path place;
    private final BlobStore store;
    private final String disk;
    private final BlobKeeper keeper;
    private final BlobReads reads;
    private final BlobUploads uploads;
    private final BlobPuts puts;
    private final ScheduledExecutorService upkeep;

    private Blobs(Path place, BlobStore store, String disk, BlobMemory memory) {
        this.place = place;
        this.disk = disk;
        this.store = store;
        this.keeper = new BlobKeeper(store);
        this.reads = new BlobReads(store::get, keeper::keeps, memory.readBytes());
        this.uploads =
                new BlobUploads(
                        store, keeper, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
        this.puts = new BlobPuts(store, keeper, uploads, memory.arrivingBytes());
        this.upkeep =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("blob-uploads").daemon().factory());
        var _ =
                upkeep.scheduleWithFixedDelay(
                        uploads::tidy, UPKEEP_SECONDS, UPKEEP_SECONDS, TimeUnit.SECONDS);
    }

    /// Opens what lies in the data directory, or makes it. On a platform thread.
    public static Blobs open(Path data, long capacityBytes, BlobMemory memory, InstantSource clock)
            throws StartFailure {
        Path place = data.resolve(DIRECTORY);
        try {
            BlobStore store =
                    BlobStore.open(
                            place,
                            BlobSettings.withCapacity(capacityBytes),
                            memory.queuedBytes(),
                            clock,
                            new SecureRandom());
            boolean isOpen = false;
            try {
                var blobs = new Blobs(place, store, disk(place.resolve(DISK)), memory);
                isOpen = true;
                return blobs;
            } finally {
                if (!isOpen) {
                    store.close();
                }
            }
        } catch (IOException failed) {
            throw unusable(place, failed);
        }
    }

    /// The failure as a sentence: nothing of it is the fault of what was stored, which is looked at
    /// later, blob by blob.
    private static StartFailure unusable(Path place, IOException failed) {
        String reason =
                switch (NoSpace.orElse(failed)) {
                    case NoSpace full -> full.words();
                    case AccessDeniedException denied ->
                            "no permission for %s (user %s)"
                                    .formatted(
                                            denied.getFile(),
                                            System.getProperty("user.name", "unknown"));
                    case FileAlreadyExistsException other ->
                            other.getFile() + " is there and is not a directory";
                    case FileSystemException other when other.getReason() != null ->
                            other.getFile() + ": " + other.getReason();
                    case IOException other -> other.toString();
                };
        return new StartFailure(
                ExitCode.ENVIRONMENT,
                "The blobs in %s cannot be opened: %s. Mend that and start again; nothing of them was changed."
                        .formatted(place, reason),
                failed);
    }

    private static String disk(Path file) throws IOException {
        if (Files.notExists(file)) {
            byte[] chance = new byte[DISK_BYTES];
            new SecureRandom().nextBytes(chance);
            SafeFile.write(file, HexFormat.of().formatHex(chance));
        }
        String disk = SafeFile.read(file, 2 * DISK_BYTES).strip();
        if (!disk.matches("[0-9a-f]{32}")) {
            throw new IOException(
                    file + " is damaged; delete it, and what others hold is compared");
        }
        return disk;
    }

    /// By which others know whether the blobs lie on the disk that they knew: it goes with them.
    public String disk() {
        return disk;
    }

    public BlobStore store() {
        return store;
    }

    public BlobKeeper keeper() {
        return keeper;
    }

    public BlobReads reads() {
        return reads;
    }

    public BlobUploads uploads() {
        return uploads;
    }

    public BlobPuts puts() {
        return puts;
    }

    /// Why a content of this length cannot be kept, as far as that is known before it comes.
    public CompletionStage<Optional<String>> noRoomFor(long bytes) {
        BlobStats stats = store.stats();
        // What rests unfinished makes room.
        long taken = stats.takenBytes() - stats.unfinishedBytes();
        if (bytes > stats.capacityBytes() - taken) {
            return CompletableFuture.completedFuture(
                    Optional.of(
                            "%d bytes do not fit into the store of blobs any more: it has taken %d of the %d that storage.max_capacity allows; raise it, or let go of blobs"
                                    .formatted(bytes, taken, stats.capacityBytes())));
        }
        return BlobPuts.waiting(
                () -> {
                    long free = Files.getFileStore(place).getUsableSpace();
                    return bytes > free + stats.unfinishedBytes()
                            ? Optional.of(
                                    "%d bytes do not fit on the disk of the blobs, which has %d left: make room on it"
                                            .formatted(bytes, free))
                            : Optional.empty();
                });
    }

    @Override
    public void close() throws IOException {
        upkeep.shutdown();
        uploads.close();
        store.close();
    }
}
