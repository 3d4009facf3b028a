package org.elohim.protocol.sync;

import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.function.Predicate;

/// Walks through the peer's documents once and asks for what differs.
///
/// Positions alone bring over all that was ever sent. This finds what they cannot know: what we
/// once acknowledged, and lost since, because the disk was restored from a backup.
///
/// Invariants: one page is open at a time, and the next is asked for only when most of what this
/// one showed has been fetched.
final class Comparing {
    private static final int FETCHES_FEW = 64;

    private final Outbox out;
    private final Predicate<DocumentId> mayChange;
    private final Fetching fetching;
    private boolean due;
    private boolean open;
    private boolean last;
    private long ticket;
    private @Nullable DocumentId after;

    Comparing(Outbox out, Predicate<DocumentId> mayChange, Fetching fetching, boolean due) {
        this.out = out;
        this.mayChange = mayChange;
        this.fetching = fetching;
        this.due = due;
    }

    /// Begins anew after a cut where anything was under way: what a page has shown to differ is
    /// forgotten with the fetches.
    void reset() {
        if (!isDone()) {
            start();
        }
        open = false;
        ticket = 0;
    }

    void start() {
        due = true;
        after = null;
    }

    void pump() {
        if (due && !open && fetching.size() < FETCHES_FEW) {
            open = true;
            out.send(new SyncMessage.Compare(after));
        }
    }

    void digests(SyncMessage.Digests digests) {
        if (!open || ticket != 0) {
            out.violated("digests that nobody asked for");
            return;
        }
        last = digests.end();
        if (!digests.digests().isEmpty()) {
            DocumentId before = after;
            after = digests.digests().getLast().document();
            if (before != null && before.compareTo(digests.digests().getFirst().document()) >= 0) {
                out.violated("digests go back");
                return;
            }
        }
        ticket = out.ticket();
        out.add(
                new Output.CompareDigests(
                        ticket,
                        digests.digests().stream()
                                .filter(digest -> mayChange.test(digest.document()))
                                .toList()));
    }

    void compared(Input.Compared compared) {
        if (compared.ticket() == ticket && ticket != 0) {
            ticket = 0;
            open = false;
            due = !last;
            compared.differing().forEach(d -> fetching.wantEverything(d.document(), d.heads()));
        }
    }

    boolean isDone() {
        return !due && !fetching.wantsEverything();
    }
}
