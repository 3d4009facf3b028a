package org.elohim.node.materialiser;

import org.elohim.crdt.EngineLost;
import org.elohim.crdt.SizeGuard;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.crdt.process.VettedDocument;
import org.elohim.crdt.process.Vetting;
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
/// Invariants: one thread is at a document at a time; what is open has all that was journaled
/// before somebody was let in, but for what the engine fails on; where it might not, it is closed.
final class Workbench implements AutoCloseable {
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
    private final Quarantine quarantine;
    private final Openings openings;
    private final Deaths deaths;
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
        this.quarantine = new Quarantine(parts.nowMillis(), new QuarantineFile(parts.directory()));
        this.openings = new Openings(parts.nowMillis(), quarantine::suspect);
        this.deaths = new Deaths(parts.nowMillis());
        // It closes documents through the child's pipe, which would hold a carrier of all others.
        this.tidying = Thread.ofPlatform().daemon().name("materialiser-tidy").start(this::tidy);
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
        renewAuthor(id);
        return refusal.spoiling();
    }

    void renewAuthor(DocumentId id) {
        authors.renew(id);
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
        if (openings.isSearched(id)) {
            throw busy(
                    "The node searches document %s for changes that cannot be read; ask again."
                            .formatted(id));
        }
        Optional<Refusal> leftAlone = deaths.refusal(id);
        if (leftAlone.isPresent()) {
            throw Refusal.thrown(leftAlone.get().kind(), leftAlone.get().words());
        }
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
            return kept(place, () -> atWork(id, ready(id, place), work));
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
            return Optional.of(kept(place, () -> atWork(id, ready(id, place), work)));
        } catch (EngineLost gone) {
            return Optional.empty();
        }
    }

    /// What has ended the child where it was well before is not tried again for the same caller.
    private <T> T atWork(DocumentId id, OpenDocument document, Function<OpenDocument, T> work) {
        try {
            return work.apply(document);
        } catch (EngineLost lost) {
            if (!Deaths.isOf(lost)) {
                throw lost;
            }
            deaths.died(id);
            quarantine.suspect(id);
            throw Deaths.refusal(id, lost).spoiling();
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
        searchOn(id);
        OpenDocument before = place.open();
        if (before != null
                && before.without().equals(quarantine.of(id))
                && before.refresh(quarantine)) {
            return before;
        }
        place.discard();
        try (Openings.Turn turn =
                openings.enter(id, ENTER_WITHIN)
                        .orElseThrow(
                                () ->
                                        busy(
                                                "The node is at work on other documents; ask"
                                                        + " again."))) {
            return place.keep(
                    OpenDocument.of(
                            History.of(id, parts.stored()),
                            engines,
                            authors,
                            quarantine,
                            turn,
                            new SizeGuard(parts.compactedBytesMax(), OPERATIONS_MAX)));
        }
    }

    /// Where it is time to, beside whoever reads what is known to be good.
    private void searchOn(DocumentId id) {
        Optional<Openings.Turn> turn =
                quarantine.isDue(id) ? openings.search(id) : Optional.empty();
        if (turn.isPresent()) {
            Thread.ofPlatform()
                    .daemon()
                    .name("materialiser-search")
                    .start(() -> searchOn(id, turn.get()));
        }
    }

    private void searchOn(DocumentId id, Openings.Turn turn) {
        try (turn) {
            Optional<Quarantine.Entry> from = quarantine.due(id);
            if (from.isPresent()) {
                History history = History.of(id, parts.stored());
                quarantine.searched(
                        id,
                        history.graph(),
                        Vetting.searchOn(
                                engines,
                                authors.of(id),
                                VettedDocument.candidates(history.graph(), history.changes()),
                                from.get().bad(),
                                from.get().sound(),
                                OpenDocument.terms(true, turn)));
            }
        } catch (Refusal.Thrown | EngineLost hindered) {
            LOG.info(
                    "document {}: what was left out is not tried now: {}",
                    id,
                    hindered.getMessage());
        } catch (RuntimeException failed) {
            LOG.warn("document {}: what was left out could not be tried", id, failed);
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
