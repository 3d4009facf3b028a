package org.elohim.node.materialiser;

import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// The documents that are kept open, since whoever has read one often reads it again.
///
/// Invariants: one thread at a time is at a document; no more are kept than the limits, those that
/// were used longest ago go first, and none for long that nobody uses.
final class OpenDocuments<D extends OpenDocuments.Kept> {
    static final int OPEN_MAX = 16;

    /// Of the changes of all; in the child a document takes many times that.
    static final long OPEN_BYTES_MAX = 64 << 20;

    private static final Duration KEPT = Duration.ofMinutes(1);

    private final LongSupplier nowMillis;
    private final LinkedHashMap<DocumentId, Place<D>> places = new LinkedHashMap<>(16, 0.75f, true);

    /// @param nowMillis never goes back
    OpenDocuments(LongSupplier nowMillis) {
        this.nowMillis = nowMillis;
    }

    /// What is kept of a document.
    interface Kept {
        long sizeBytes();

        void close();
    }

    /// Where a document is open, or is about to be.
    static final class Place<D extends Kept> {
        private final ReentrantLock lock = new ReentrantLock(true);
        private final DocumentId id;
        private @Nullable D open;
        // What others may look at who are not at it.
        private volatile long openBytes = -1;
        private int users;
        private long usedMillis;

        private Place(DocumentId id) {
            this.id = id;
        }

        /// Whoever is let in leaves again.
        boolean enter(Duration patience) {
            try {
                return lock.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        void leave() {
            D left = open;
            if (left != null) {
                // It may have grown meanwhile.
                openBytes = left.sizeBytes();
            }
            lock.unlock();
        }

        @Nullable D open() {
            return open;
        }

        D keep(D fresh) {
            open = fresh;
            openBytes = fresh.sizeBytes();
            return fresh;
        }

        void discard() {
            D gone = open;
            open = null;
            openBytes = -1;
            if (gone != null) {
                gone.close();
            }
        }
    }

    synchronized Place<D> use(DocumentId document) {
        Place<D> place = places.computeIfAbsent(document, Place::new);
        place.users++;
        return place;
    }

    /// Nobody uses it any more who has used it.
    void done(Place<D> place) {
        synchronized (this) {
            place.users--;
            place.usedMillis = nowMillis.getAsLong();
            forgetIfEmpty(place);
        }
        surplus().forEach(this::close);
    }

    /// Closes what nobody has used for long. Says whether nothing is open then, nor about to be.
    boolean tidy() {
        List<Place<D>> old;
        synchronized (this) {
            long before = nowMillis.getAsLong() - KEPT.toMillis();
            old = taken(place -> place.usedMillis <= before);
        }
        old.forEach(this::close);
        synchronized (this) {
            return places.isEmpty();
        }
    }

    synchronized int count() {
        return (int) places.values().stream().filter(place -> place.openBytes >= 0).count();
    }

    private synchronized List<Place<D>> surplus() {
        int[] count = {count()};
        long[] bytes = {
            places.values().stream().mapToLong(place -> Math.max(0, place.openBytes)).sum()
        };
        return taken(
                place -> {
                    boolean tooMuch = count[0] > OPEN_MAX || bytes[0] > OPEN_BYTES_MAX;
                    if (tooMuch) {
                        count[0]--;
                        bytes[0] -= place.openBytes;
                    }
                    return tooMuch;
                });
    }

    private interface Choice {
        boolean goes(Place<?> place);
    }

    /// Of those that are open and at which nobody is, in the order of their last use. They count as
    /// used until they are closed.
    private List<Place<D>> taken(Choice choice) {
        var taken = new ArrayList<Place<D>>();
        for (Place<D> place : places.values()) {
            if (place.users == 0 && place.openBytes >= 0 && choice.goes(place)) {
                place.users++;
                taken.add(place);
            }
        }
        return taken;
    }

    private void close(Place<D> place) {
        place.lock.lock();
        try {
            place.discard();
        } finally {
            place.lock.unlock();
            synchronized (this) {
                place.users--;
                forgetIfEmpty(place);
            }
        }
    }

    private void forgetIfEmpty(Place<D> place) {
        if (place.users == 0 && place.openBytes < 0) {
            places.remove(place.id);
        }
    }
}
