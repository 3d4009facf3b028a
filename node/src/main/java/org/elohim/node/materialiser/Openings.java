package org.elohim.node.materialiser;

import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Who may open a document now, and who may search in one for what the engine fails on.
///
/// Invariants: few documents are opened at once and one is searched, since each of these holds all
/// changes of its document; a search keeps no opening from others, and ends.
final class Openings {
    static final int OPENINGS_MAX = 2;

    /// Three times that an engine hangs, or a hundred times that it ends at once. What is unknown
    /// then is left out until somebody searches on.
    static final Duration SEARCH_WITHIN = Duration.ofMinutes(1);

    private final LongSupplier nowMillis;
    private final Consumer<DocumentId> suspect;
    private final Semaphore openings = new Semaphore(OPENINGS_MAX, true);
    private final Semaphore searches = new Semaphore(1);
    private volatile @Nullable DocumentId waitedFor;

    /// @param nowMillis never goes back
    /// @param suspect hears of documents that have failed
    Openings(LongSupplier nowMillis, Consumer<DocumentId> suspect) {
        this.nowMillis = nowMillis;
        this.suspect = suspect;
    }

    /// For one opening, or one search. It is closed by whom it was given to.
    final class Turn implements Vetting.Search, AutoCloseable {
        private final DocumentId document;
        private boolean searching;
        private long untilMillis;

        private Turn(DocumentId document, boolean searching) {
            this.document = document;
            this.searching = searching;
            this.untilMillis = nowMillis.getAsLong() + SEARCH_WITHIN.toMillis();
        }

        /// Makes room for other openings.
        @Override
        public void begin() {
            if (searching) {
                return;
            }
            suspect.accept(document);
            if (!searches.tryAcquire()) {
                throw Refusal.thrown(
                        Refusal.Kind.BUSY,
                        "Document %s cannot be read as it is, and the node searches in another one for what is wrong with it; ask again."
                                .formatted(document));
            }
            openings.release();
            searching = true;
            untilMillis = nowMillis.getAsLong() + SEARCH_WITHIN.toMillis();
            waitedFor = document;
        }

        @Override
        public boolean isOver() {
            return nowMillis.getAsLong() > untilMillis;
        }

        @Override
        public void close() {
            if (document.equals(waitedFor)) {
                waitedFor = null;
            }
            (searching ? searches : openings).release();
        }
    }

    /// To open a document, once others have opened theirs; nothing where that takes too long.
    Optional<Turn> enter(DocumentId document, Duration patience) {
        try {
            return openings.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(new Turn(document, false))
                    : Optional.empty();
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /// To search in a document for which nobody waits; nothing where there is a search already.
    Optional<Turn> search(DocumentId document) {
        return searches.tryAcquire() ? Optional.of(new Turn(document, true)) : Optional.empty();
    }

    /// Whether whoever wants the document waits for a search: longer than he would.
    boolean isSearched(DocumentId document) {
        return document.equals(waitedFor);
    }
}
