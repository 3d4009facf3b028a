package org.elohim.node.blob;

import akka.NotUsed;
import akka.japi.Pair;
import akka.stream.javadsl.Source;
import akka.util.ByteString;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.elohim.protocol.blob.PackFormat;
import org.elohim.protocol.id.ContentHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;

/// Blobs as they are read: from memory, else from the disk, else by way of the family's other
/// nodes.
///
/// Invariants: every byte was checked; what is read from the disk is read once for all who want it
/// at the time; a reader who is slow holds one piece and nothing else, neither a file.
public final class BlobReads {
    private static final Logger LOG = LoggerFactory.getLogger(BlobReads.class);

    /// What is longer is given in such pieces: one for each of a thousand connections fits into a
    /// small heap.
    public static final int PIECE_BYTES = 2 * LargeBlobs.BLOCK_BYTES;

    private static final int LOADS_MIN = 2;
    private static final int LOADS_MAX = 32;
    // What a place in the cache takes beside its content.
    private static final int PLACE_BYTES = 256;
    private static final long BEGINNING = -1;
    // Before the HTTP server gives up waiting, which it would do without words of ours. The blob
    // goes on coming.
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /// What became of the wish to read a blob.
    public sealed interface Opened {
        record Open(ContentHash key, long bytes) implements Opened {}

        record Absent() implements Opened {}

        /// What is left of it here is bad, and nobody else has it.
        record Damaged() implements Opened {}

        /// The disk could not be read just now, and why.
        record Unreadable(String words) implements Opened {}
    }

    /// @param piece its number, [#BEGINNING] for how a blob begins
    private record Place(ContentHash key, long piece) {}

    private sealed interface Part {
        record Small(ByteString content) implements Part {}

        record Large(long bytes) implements Part {}

        record Piece(ByteString content) implements Part {}

        record Missing(Opened why) implements Part {}
    }

    /// A piece that cannot be had any more, in the middle of a blob.
    public static final class BrokenOff extends RuntimeException {
        private static final long serialVersionUID = 1;

        private BrokenOff(ContentHash key, Opened why) {
            super("blob %s cannot be read on: %s".formatted(key, why));
        }
    }

    private final Function<ContentHash, Found> disk;
    private final Predicate<ContentHash> isKept;
    private final AsyncCache<Place, Part> cache;
    private final long cacheBytesMax;
    private final Duration patience;
    private final Semaphore loads;
    private final AtomicReference<BlobElsewhere> elsewhere =
            new AtomicReference<>(BlobElsewhere.NOWHERE);
    private final Map<ContentHash, CompletableFuture<Boolean>> obtaining =
            new ConcurrentHashMap<>();

    /// @param isKept whether a blob is here, and wanted
    BlobReads(
            Function<ContentHash, Found> disk, Predicate<ContentHash> isKept, long cacheBytesMax) {
        this(disk, isKept, cacheBytesMax, PATIENCE);
    }

    /// @param patience so long whoever reads waits for what comes from elsewhere
    BlobReads(
            Function<ContentHash, Found> disk,
            Predicate<ContentHash> isKept,
            long cacheBytesMax,
            Duration patience) {
        this.patience = patience;
        this.disk = disk;
        this.isKept = isKept;
        this.cacheBytesMax = cacheBytesMax;
        // Each may take as much memory as a small blob.
        this.loads =
                new Semaphore(
                        Math.clamp(
                                cacheBytesMax / PackFormat.SMALL_BYTES_MAX, LOADS_MIN, LOADS_MAX));
        this.cache =
                Caffeine.newBuilder()
                        .maximumWeight(cacheBytesMax)
                        .weigher((Place _, Part part) -> PLACE_BYTES + bytes(part))
                        .buildAsync();
    }

    private static int bytes(Part part) {
        return switch (part) {
            case Part.Small(var content) -> content.size();
            case Part.Piece(var content) -> content.size();
            case Part.Large _, Part.Missing _ -> 0;
        };
    }

    /// From now on what is not here is looked for there.
    public void lookElsewhere(BlobElsewhere others) {
        elsewhere.set(others);
    }

    /// Looks whether a blob can be read, and how long it is.
    public CompletionStage<Opened> open(ContentHash key) {
        if (!isKept.test(key)) {
            return elsewhere(key, new Opened.Absent());
        }
        return openHere(key)
                .thenCompose(
                        opened ->
                                opened instanceof Opened.Open
                                        ? CompletableFuture.completedFuture(opened)
                                        : elsewhere(key, opened));
    }

    private CompletionStage<Opened> elsewhere(ContentHash key, Opened otherwise) {
        CompletionStage<Boolean> coming =
                obtain(key).orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
        return coming.handle(
                        (came, failed) ->
                                failed == null
                                        ? came
                                                ? openHere(key)
                                                : CompletableFuture.completedFuture(otherwise)
                                        : CompletableFuture.<Opened>completedFuture(
                                                new Opened.Unreadable(words(failed))))
                .thenCompose(opened -> opened);
    }

    private static String words(Throwable failed) {
        Throwable cause = failed.getCause() == null ? failed : failed.getCause();
        return cause instanceof TimeoutException
                ? "still on its way from other nodes of the family; ask again for it"
                : "not to be had now: " + cause.getMessage();
    }

    private CompletableFuture<Boolean> obtain(ContentHash key) {
        CompletableFuture<Boolean> coming =
                obtaining.computeIfAbsent(
                        key, wanted -> elsewhere.get().obtain(wanted).toCompletableFuture());
        return coming.whenComplete((_, _) -> obtaining.remove(key, coming));
    }

    private CompletionStage<Opened> openHere(ContentHash key) {
        return part(new Place(key, BEGINNING))
                .thenApply(
                        part ->
                                switch (part) {
                                    case Part.Small(var content) ->
                                            new Opened.Open(key, content.size());
                                    case Part.Large(long bytes) -> new Opened.Open(key, bytes);
                                    case Part.Missing(var why) -> why;
                                    case Part.Piece _ ->
                                            throw new IllegalStateException("no beginning: " + key);
                                });
    }

    /// The bytes from one place to another, read as somebody takes them; ends in a failure where
    /// one cannot be had.
    public Source<ByteString, NotUsed> bytes(Opened.Open blob, long from, long to) {
        return Source.unfoldAsync(
                from,
                at ->
                        at >= to
                                ? CompletableFuture.completedFuture(Optional.empty())
                                : read(blob, at, to)
                                        .thenApply(
                                                part ->
                                                        Optional.of(
                                                                Pair.create(
                                                                        at + part.size(), part))));
    }

    /// Whether these bytes come as one.
    public static boolean areOnePiece(long from, long to) {
        return from >= to || from / PIECE_BYTES == (to - 1) / PIECE_BYTES;
    }

    /// The bytes from one place on, up to another or to the end of the piece.
    public CompletionStage<ByteString> read(Opened.Open blob, long from, long to) {
        return piece(blob.key(), from)
                .thenCompose(
                        part ->
                                part instanceof Part.Missing
                                        ? healed(blob.key(), from, part)
                                        : CompletableFuture.completedFuture(part))
                .thenApply(part -> cut(blob, part, from, to));
    }

    private CompletableFuture<Part> piece(ContentHash key, long from) {
        return part(new Place(key, BEGINNING))
                .thenCompose(
                        beginning ->
                                beginning instanceof Part.Large
                                        ? part(new Place(key, from / PIECE_BYTES))
                                        : CompletableFuture.completedFuture(beginning));
    }

    // All of it was promised when it was opened, and the damage is only found where it is read.
    private CompletableFuture<Part> healed(ContentHash key, long from, Part missing) {
        return obtain(key)
                .exceptionally(_ -> false)
                .thenCompose(
                        came ->
                                came
                                        ? piece(key, from)
                                        : CompletableFuture.completedFuture(missing));
    }

    private static ByteString cut(Opened.Open blob, Part part, long from, long to) {
        long end = Math.min(to, (from / PIECE_BYTES + 1) * PIECE_BYTES);
        return switch (part) {
            case Part.Small(var content) -> {
                ByteString cut = content.slice((int) from, (int) Math.min(end, content.size()));
                // Else whoever sends it slowly would hold all of it.
                yield content.size() > PIECE_BYTES ? cut.compact() : cut;
            }
            case Part.Piece(var content) -> {
                long start = from / PIECE_BYTES * PIECE_BYTES;
                yield content.slice((int) (from - start), (int) (end - start));
            }
            case Part.Missing(var why) -> throw new BrokenOff(blob.key(), why);
            case Part.Large _ -> throw new IllegalStateException("no content: " + blob.key());
        };
    }

    // What is missing may be there with the next look. It is forgotten by whoever has looked, and
    // not by the load, which may be done before the cache has it.
    private CompletableFuture<Part> part(Place place) {
        CompletableFuture<Part> found = cache.get(place, (wanted, _) -> load(wanted));
        return found.whenComplete(
                (part, _) -> {
                    if (part instanceof Part.Missing) {
                        cache.asMap().remove(place, found);
                    }
                });
    }

    private CompletableFuture<Part> load(Place place) {
        return CompletableFuture.supplyAsync(() -> read(place), Thread::startVirtualThread);
    }

    private Part read(Place place) {
        loads.acquireUninterruptibly();
        try {
            return switch (disk.apply(place.key())) {
                case Found.Small(var content) -> new Part.Small(bytes(content));
                case Found.Large(var content) -> read(place, content);
                case Found.Absent _ -> new Part.Missing(new Opened.Absent());
                case Found.Damaged _ -> new Part.Missing(new Opened.Damaged());
                case Found.Unreadable(var words) -> new Part.Missing(new Opened.Unreadable(words));
            };
        } finally {
            loads.release();
        }
    }

    private Part read(Place place, LargeBlobs.Reading content) {
        try (content) {
            if (place.piece() == BEGINNING) {
                return new Part.Large(content.contentBytes());
            }
            long from = place.piece() * PIECE_BYTES;
            byte[] bytes = new byte[(int) Math.min(PIECE_BYTES, content.contentBytes() - from)];
            var into = ByteBuffer.wrap(bytes);
            while (into.hasRemaining()) {
                into.put(content.read(from + into.position()));
            }
            return new Part.Piece(ByteString.fromArrayUnsafe(bytes));
        } catch (DamagedBlob damaged) {
            LOG.debug("damaged blob={}", place.key(), damaged);
            // Whoever comes next is told so before he is promised all of it.
            cache.synchronous().invalidate(new Place(place.key(), BEGINNING));
            return new Part.Missing(new Opened.Damaged());
        } catch (IOException failed) {
            return new Part.Missing(new Opened.Unreadable("not read from the disk: " + failed));
        }
    }

    private static ByteString bytes(ByteBuffer content) {
        return content.hasArray()
                ? ByteString.fromArrayUnsafe(
                        content.array(),
                        content.arrayOffset() + content.position(),
                        content.remaining())
                : ByteString.fromByteBuffer(content);
    }

    /// What the memory holds of blobs, about.
    public long cacheBytes() {
        return cache.synchronous()
                .policy()
                .eviction()
                .map(eviction -> eviction.weightedSize().orElse(0))
                .orElse(0L);
    }

    public long cacheBytesMax() {
        return cacheBytesMax;
    }
}
