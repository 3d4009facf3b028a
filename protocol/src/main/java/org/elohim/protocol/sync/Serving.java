package org.elohim.protocol.sync;

import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/// Answers what the peer asks for: changes and digests. Where it asks for a whole document that may
/// be elsewhere, that is got first.
///
/// Invariants: one read of each sort at a time, so the answers have the order of the questions;
/// nothing of a document that the peer may not hold, not even that it exists.
final class Serving {
    // Twice what a peer of this version asks at once.
    static final int NEEDS_MAX = 2 * Fetching.NEEDS_MAX;

    private static final long ANSWER_BYTES = 1 << 18;

    private final Outbox out;
    private final boolean sibling;
    private final Predicate<DocumentId> mayHold;
    private final Predicate<DocumentId> mayLack;
    private final Runnable gap;
    private final Deque<SyncMessage.Need> needs = new ArrayDeque<>();
    private boolean firstIsObtained;
    private long changesTicket;
    private long digestsTicket;

    /// @param gap hears that something was not handed out
    Serving(Outbox out, SyncSession.Config config, Runnable gap) {
        this.gap = gap;
        this.out = out;
        this.sibling = config.sibling();
        this.mayHold = config.mayHold();
        this.mayLack = config.mayLack();
    }

    void reset() {
        needs.clear();
        firstIsObtained = false;
        changesTicket = 0;
        digestsTicket = 0;
    }

    void need(SyncMessage.Need need) {
        if (needs.size() == NEEDS_MAX) {
            out.violated("more than " + NEEDS_MAX + " open Needs");
            return;
        }
        needs.add(need);
        next();
    }

    private void next() {
        while (changesTicket == 0 && !needs.isEmpty()) {
            SyncMessage.Need need = needs.element();
            boolean mayHoldIt = mayHold.test(need.document());
            // Hashes are asked for where they were announced, so they are here.
            boolean isWhole = !mayHoldIt || need.hashes().isEmpty();
            if (!firstIsObtained && isWhole && mayLack.test(need.document())) {
                changesTicket = out.ticket();
                out.add(new Output.Obtain(changesTicket, need.document()));
            } else if (mayHoldIt) {
                changesTicket = out.ticket();
                out.add(
                        new Output.ReadChanges(
                                changesTicket,
                                need.document(),
                                need.heads(),
                                need.hashes(),
                                ANSWER_BYTES));
            } else {
                // As if it were not here at all.
                gap.run();
                out.send(new SyncMessage.Changes(remove(), List.of()));
            }
        }
    }

    private DocumentId remove() {
        firstIsObtained = false;
        return needs.remove().document();
    }

    void obtained(Input.Obtained obtained) {
        if (obtained.ticket() == changesTicket) {
            changesTicket = 0;
            firstIsObtained = true;
            next();
        }
    }

    void read(Input.ChangesRead read) {
        if (read.ticket() == changesTicket) {
            changesTicket = 0;
            DocumentId document = remove();
            // It may have been withdrawn while it was read.
            out.send(
                    new SyncMessage.Changes(
                            document, mayHold.test(document) ? read.changes() : List.of()));
            next();
        }
    }

    void compare(SyncMessage.Compare compare) {
        if (digestsTicket != 0) {
            out.violated("a second Compare before the answer to the first");
            return;
        }
        readDigests(compare.after());
    }

    private void readDigests(@Nullable DocumentId after) {
        digestsTicket = out.ticket();
        out.add(new Output.ReadDigests(digestsTicket, after, SyncMessage.DIGESTS_MAX));
    }

    void digests(Input.DigestsRead read) {
        if (read.ticket() != digestsTicket) {
            return;
        }
        digestsTicket = 0;
        List<SyncMessage.Digest> shown =
                read.digests().stream()
                        .filter(digest -> mayHold.test(digest.document()))
                        .map(digest -> sibling ? digest : digest.withoutRuling())
                        .toList();
        if (shown.isEmpty() && !read.end()) {
            readDigests(read.digests().getLast().document());
        } else {
            out.send(new SyncMessage.Digests(shown, read.end()));
        }
    }
}
