package org.elohim.node.materialiser;

import org.elohim.crdt.EngineLost;
import org.elohim.crdt.SizeGuard;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.protocol.id.DocumentId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/// Where documents are open while somebody reads or writes them, and the child process behind it.
///
/// Invariants: one thread is at a document at a time, and few documents are opened at once; what is
/// open has all that was journaled before somebody was let in, but for what the engine fails on;
/// where it might not, it is closed.
final class Workbench implements AutoCloseable {
    /// Each opening holds all changes of its document.
    private static final int OPENINGS_MAX = 2;

    /// A child that is asked for one thing answers within it, also where the machine is busy with
    /// something else. Beyond it a change is to blame.
    private static final Duration CHILD_WITHIN = Duration.ofSeconds(20);

    /// A child that has grown beyond that begins anew once nothing is open in it, or it has
    /// doubled.
    private static final long CHILD_BYTES_MAX = 256 << 20;

    /// What is killed in the middle of its work has been fed a bomb.
    private static final long CHILD_WORKING_BYTES_MAX = 1 << 30;

    private static final int CHILD_DEATHS_MAX = 5;

    /// Whoever waits for longer has been told to ask again.
    private static final Duration ENTER_WITHIN = Duration.ofSeconds(8);

    private static final Duration TIDY_EVERY = Duration.ofSeconds(5);

    /// As the device library allows: what a history asks of whoever opens it.
    private static final long OPERATIONS_MAX = 1_500_000;

    private static final Logger LOG = LoggerFactory.getLogger(Workbench.class);

    private final Materialiser.Parts parts;
    private final EngineProcess engines;
    private final OpenDocuments<OpenDocument> open;
    private final Authors authors;
    private final Quarantine quarantine = new Quarantine();
    private final Semaphore openings = new Semaphore(OPENINGS_MAX, true);
    // A document as a tree of values takes many times its bytes, of the node's own memory.
    private final Semaphore trees = new Semaphore(1, true);
    private final Thread tidying;

    Workbench(Materialiser.Parts parts, String classPath) {
        this.parts = parts;
        this.engines =
                new EngineProcess(
                        new EngineProcess.Limits(
                                CHILD_WITHIN,
                                CHILD_BYTES_MAX,
                                CHILD_DEATHS_MAX,
                                CHILD_WORKING_BYTES_MAX),
                        parts.clock(),
                        classPath);
        this.open = new OpenDocuments<>(parts.nowMillis());
        this.authors = new Authors(parts.random());
        this.tidying = Thread.ofVirtual().name("materialiser-tidy").start(this::tidy);
    }

    private void tidy() {
        try {
            while (true) {
                Thread.sleep(TIDY_EVERY);
                tidyNow();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    // Whatever goes wrong, it goes on: nobody else closes what is open.
    private void tidyNow() {
        try {
            if (open.tidy()) {
                engines.rest();
            }
        } catch (RuntimeException failed) {
            LOG.warn("documents that nobody reads could not be closed", failed);
        }
    }

    StoredChanges stored() {
        return parts.stored();
    }

    Quarantine quarantine() {
        return quarantine;
    }

    /// The engine has what the journal has not, or nobody knows: its actor must not write on.
    Refusal.Thrown unwritten(DocumentId id, Refusal refusal) {
        authors.renew(id);
        return refusal.spoiling();
    }

    /// Does something with whole trees, of which there is one at a time.
    <T> T inTrees(Supplier<T> work) {
        if (!acquired(trees)) {
            throw busy("The node is at work on other documents; ask again.");
        }
        try {
            return work.get();
        } finally {
            trees.release();
        }
    }

    /// Does something at a document, at which nobody else is.
    <T> T at(DocumentId id, Function<OpenDocument, T> work) {
        OpenDocuments.Place<OpenDocument> place = open.use(id);
        try {
            if (!place.enter(ENTER_WITHIN)) {
                throw busy("The node is at work on document " + id + " for others; ask again.");
            }
            try {
                return attempts(id, place, work);
            } finally {
                place.leave();
            }
        } finally {
            open.done(place);
        }
    }

    /// Once more with a new child where the one that had it open is gone: it may have died with
    /// another document, or of what the next opening finds.
    private <T> T attempts(
            DocumentId id,
            OpenDocuments.Place<OpenDocument> place,
            Function<OpenDocument, T> work) {
        Optional<T> done = attempt(id, place, work);
        if (done.isPresent()) {
            return done.get();
        }
        try {
            return kept(place, () -> work.apply(ready(id, place)));
        } catch (EngineLost again) {
            throw Refusal.thrown(
                    again.why() == EngineLost.Why.UNFIT ? Refusal.Kind.UNFIT : Refusal.Kind.BUSY,
                    "Document %s cannot be read now: %s. The node syncs it as before."
                            .formatted(id, again.getMessage()));
        }
    }

    private <T> Optional<T> attempt(
            DocumentId id,
            OpenDocuments.Place<OpenDocument> place,
            Function<OpenDocument, T> work) {
        try {
            return Optional.of(kept(place, () -> work.apply(ready(id, place))));
        } catch (EngineLost gone) {
            return Optional.empty();
        }
    }

    /// What is open stays so only where it is known to be as it should.
    private static <T> T kept(OpenDocuments.Place<?> place, Supplier<T> work) {
        boolean sound = false;
        try {
            T done = work.get();
            sound = true;
            return done;
        } catch (Refusal.Thrown refused) {
            sound = !refused.isSpoiling();
            throw refused;
        } finally {
            if (!sound) {
                place.discard();
            }
        }
    }

    private OpenDocument ready(DocumentId id, OpenDocuments.Place<OpenDocument> place) {
        OpenDocument before = place.open();
        if (before != null && before.refresh()) {
            return before;
        }
        place.discard();
        if (!acquired(openings)) {
            throw busy("The node is at work on other documents; ask again.");
        }
        try {
            return place.keep(
                    OpenDocument.of(
                            id,
                            parts.stored(),
                            engines,
                            authors,
                            quarantine,
                            new SizeGuard(parts.compactedBytesMax(), OPERATIONS_MAX)));
        } finally {
            openings.release();
        }
    }

    private static Refusal.Thrown busy(String words) {
        return Refusal.thrown(Refusal.Kind.BUSY, words);
    }

    private static boolean acquired(Semaphore places) {
        try {
            return places.tryAcquire(ENTER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Ends the child; whoever waits for it is told so.
    @Override
    public void close() {
        tidying.interrupt();
        engines.close();
    }
}
