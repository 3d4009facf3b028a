package org.elohim.node.blob;

import akka.util.ByteString;

import org.elohim.protocol.blob.UnfinishedBlobs;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Large blobs that come in several parts, and how far each has come.
///
/// Invariants: whoever begins has the upload to himself from then on; what is kept of uploads at
/// which nobody is at work is bounded in number, for each owner and in all, and in age. What is on
/// the disk of them outlives the process, and is read once more when somebody goes on with it.
/// Calls may wait for the disk, and hold nobody else up meanwhile.
public final class BlobUploads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobUploads.class);
    static final int OF_OWNER_MAX = 16;
    static final int ALL_MAX = 64;
    static final Duration REST_MAX = Duration.ofHours(1);

    private record Name(ContentHash owner, ContentHash blob) {
        UnfinishedBlobs.Name onDisk() {
            return new UnfinishedBlobs.Name(blob, owner);
        }
    }

    /// Somebody else goes on with this upload.
    public static final class Superseded extends IOException {
        private static final long serialVersionUID = 1;
    }

    /// What an earlier process had left of this upload was spoiled, and nothing of it is left.
    public static final class Spoiled extends IOException {
        private static final long serialVersionUID = 1;
    }

    /// Whether a part may come.
    public sealed interface Begun {
        record Taken(Turn turn) implements Begun {}

        /// It stands elsewhere.
        record Elsewhere(long offset) implements Begun {}

        /// There are too many at work.
        record TooMany() implements Begun {}
    }

    private final BlobStore store;
    private final BlobKeeper keeper;
    private final LongSupplier millis;
    // Guards what follows; nobody waits for the disk while holding it.
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Name, Turn> uploads = new HashMap<>();
    private final Map<Name, CompletableFuture<Boolean>> reading = new ConcurrentHashMap<>();
    private boolean closed;

    /// @param millis since anything
    BlobUploads(BlobStore store, BlobKeeper keeper, LongSupplier millis) {
        this.store = store;
        this.keeper = keeper;
        this.millis = millis;
    }

    /// One after the other of those who bring parts of one upload.
    public final class Turn {
        private final Name name;
        private final Arrival arrival;
        // All that follows is guarded by the lock of all uploads.
        private boolean isWorking = true;
        private boolean isOver;
        private long touched = millis.getAsLong();

        private Turn(Name name, Arrival arrival) {
            this.name = name;
            this.arrival = arrival;
        }

        /// How far it has come.
        public long offset() {
            return arrival.bytes();
        }

        /// Writes what comes next.
        ///
        /// @throws IOException where there is no room or the disk failed, and all of it is lost
        public void write(ByteString part) throws IOException {
            try {
                arrival.write(part, this::checkMine);
            } catch (Superseded mine) {
                throw mine;
            } catch (IOException failed) {
                drop();
                throw failed;
            }
        }

        private void checkMine() throws Superseded {
            lock.lock();
            try {
                if (isOver) {
                    throw new Superseded();
                }
                touched = millis.getAsLong();
            } finally {
                lock.unlock();
            }
        }

        /// Keeps the blob; the upload is over then, whatever comes of it.
        public Stored finish(Reach reach) throws IOException {
            checkMine();
            forget(this);
            Stored stored = arrival.finish(Optional.of(name.blob()), reach);
            if (stored instanceof Stored.Other && arrival.isInherited()) {
                throw new Spoiled();
            }
            return stored;
        }

        /// Nothing of it stays.
        public void drop() {
            BlobUploads.this.drop(this);
        }

        /// No more comes for now.
        public void rest() {
            lock.lock();
            try {
                isWorking = false;
                touched = millis.getAsLong();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Goes on with an upload from there, or begins it anew where that is the beginning.
    ///
    /// @param owner may not see what others have begun
    /// @param bytesTold how long all of it is to be, 0 where nobody has said
    public Begun begin(ContentHash owner, ContentHash blob, long from, long bytesTold)
            throws IOException {
        var name = new Name(owner, blob);
        if (from != 0 && !takeUp(name)) {
            return new Begun.TooMany();
        }
        Optional<Turn> before = takeOver(name);
        // What was being written is waited for.
        long offset = before.map(Turn::offset).orElse(0L);
        List<Arrival> ended = new ArrayList<>();
        lock.lock();
        try {
            if (!Optional.ofNullable(uploads.get(name)).equals(before)) {
                // Somebody else was faster, and goes on from where he is.
                return new Begun.Elsewhere(offset);
            }
            if (from != 0) {
                return goOn(before, from, offset);
            }
            before.ifPresent(turn -> letGo(turn, ended));
            if (closed || !makeRoom(owner, ended)) {
                return new Begun.TooMany();
            }
            return taken(
                    new Turn(
                            name,
                            new Arrival(store, keeper, Optional.of(name.onDisk()), bytesTold)));
        } finally {
            lock.unlock();
            ended.forEach(BlobUploads::close);
        }
    }

    /// Whoever brought parts until now brings no more.
    private Optional<Turn> takeOver(Name name) {
        lock.lock();
        try {
            Optional<Turn> before = Optional.ofNullable(uploads.get(name));
            before.ifPresent(turn -> turn.isOver = true);
            return before;
        } finally {
            lock.unlock();
        }
    }

    private Begun goOn(Optional<Turn> before, long from, long offset) {
        if (before.isEmpty()) {
            return new Begun.Elsewhere(0);
        }
        var turn = new Turn(before.get().name, before.get().arrival);
        if (from == offset) {
            return taken(turn);
        }
        turn.isWorking = false;
        uploads.put(turn.name, turn);
        return new Begun.Elsewhere(offset);
    }

    private Begun taken(Turn turn) {
        uploads.put(turn.name, turn);
        return new Begun.Taken(turn);
    }

    // Of the owner's uploads and of all those that rest the one goes that has rested longest.
    private boolean makeRoom(ContentHash owner, List<Arrival> ended) {
        long owned = uploads.keySet().stream().filter(name -> name.owner().equals(owner)).count();
        if (owned >= OF_OWNER_MAX) {
            return letGoOldest(Optional.of(owner), ended);
        }
        return uploads.size() < ALL_MAX || letGoOldest(Optional.empty(), ended);
    }

    private boolean letGoOldest(Optional<ContentHash> owner, List<Arrival> ended) {
        Optional<Turn> oldest =
                uploads.values().stream()
                        .filter(turn -> !turn.isWorking)
                        .filter(turn -> owner.isEmpty() || turn.name.owner().equals(owner.get()))
                        .min(Comparator.comparingLong(turn -> turn.touched));
        oldest.ifPresent(turn -> letGo(turn, ended));
        return oldest.isPresent();
    }

    private void letGo(Turn turn, List<Arrival> ended) {
        turn.isOver = true;
        uploads.remove(turn.name);
        ended.add(turn.arrival);
    }

    /// How far an upload has come; zero where there is none.
    public long offset(ContentHash owner, ContentHash blob) throws IOException {
        var _ = takeUp(new Name(owner, blob));
        return find(owner, blob).map(Turn::offset).orElse(0L);
    }

    /// Reads what rests of an upload on the disk, where it is not under way. Whoever else wants it
    /// waits for that.
    ///
    /// @return `false` where there are too many
    private boolean takeUp(Name name) throws IOException {
        var mine = new CompletableFuture<Boolean>();
        CompletableFuture<Boolean> theirs = reading.putIfAbsent(name, mine);
        if (theirs != null) {
            return theirs.join();
        }
        boolean isTaken = false;
        try {
            Optional<LargePut> rested =
                    find(name.owner(), name.blob()).isPresent()
                            ? Optional.empty()
                            : store.goOn(name.onDisk());
            isTaken = rested.isEmpty() || takeUp(name, rested.get());
            return isTaken;
        } finally {
            reading.remove(name);
            mine.complete(isTaken);
        }
    }

    private boolean takeUp(Name name, LargePut rested) throws IOException {
        List<Arrival> ended = new ArrayList<>();
        boolean isTaken = false;
        lock.lock();
        try {
            // Somebody may have begun it anew meanwhile, under a name of his own.
            isTaken = !closed && !uploads.containsKey(name) && makeRoom(name.owner(), ended);
            if (isTaken) {
                var turn = new Turn(name, new Arrival(store, keeper, rested));
                turn.isWorking = false;
                uploads.put(name, turn);
            }
            return isTaken || uploads.containsKey(name);
        } finally {
            lock.unlock();
            ended.forEach(BlobUploads::close);
            if (!isTaken) {
                rested.rest();
            }
        }
    }

    private Optional<Turn> find(ContentHash owner, ContentHash blob) {
        lock.lock();
        try {
            return Optional.ofNullable(uploads.get(new Name(owner, blob)));
        } finally {
            lock.unlock();
        }
    }

    /// Nothing of it stays.
    public void drop(ContentHash owner, ContentHash blob) {
        find(owner, blob).ifPresent(this::drop);
        store.dropUnfinished(new Name(owner, blob).onDisk());
    }

    private void drop(Turn turn) {
        forget(turn);
        close(turn.arrival);
    }

    private void forget(Turn turn) {
        lock.lock();
        try {
            turn.isOver = true;
            uploads.remove(turn.name, turn);
        } finally {
            lock.unlock();
        }
    }

    /// Drops what has rested too long.
    void tidy() {
        List<Arrival> ended = new ArrayList<>();
        lock.lock();
        try {
            long before = millis.getAsLong() - REST_MAX.toMillis();
            List.copyOf(uploads.values()).stream()
                    .filter(turn -> !turn.isWorking && turn.touched < before)
                    .forEach(turn -> letGo(turn, ended));
        } finally {
            lock.unlock();
        }
        ended.forEach(BlobUploads::close);
    }

    public int size() {
        lock.lock();
        try {
            return uploads.size();
        } finally {
            lock.unlock();
        }
    }

    /// Whoever is at work ends. What is on the disk stays for the next process.
    @Override
    public void close() {
        List<Arrival> ended = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            List.copyOf(uploads.values()).forEach(turn -> letGo(turn, ended));
        } finally {
            lock.unlock();
        }
        ended.forEach(BlobUploads::rest);
    }

    private static void rest(Arrival arrival) {
        try {
            arrival.rest();
        } catch (IOException failed) {
            LOG.warn("what came of a blob is not left: {}", failed.toString());
        }
    }

    private static void close(Arrival arrival) {
        try {
            arrival.close();
        } catch (IOException failed) {
            // The next start deletes what is unfinished.
            LOG.warn("what came of a blob is not deleted: {}", failed.toString());
        }
    }
}
