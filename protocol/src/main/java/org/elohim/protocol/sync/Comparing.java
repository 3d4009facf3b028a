package org.elohim.protocol.sync;

import org.elohim.protocol.id.DocumentId;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Walks through the peer's documents once and asks for what differs.
///
/// Positions alone bring over all that was ever sent. This finds what they cannot know: what we
/// once acknowledged, and lost since, because the disk was restored from a backup.
///
/// Invariants: one page is open at a time, and the next is asked for only when most of what this
/// one showed has been fetched; the first only when all that the peer had to send is here, since
/// whoever begins with nothing would else fetch every document that is on its way already; what
/// differs and may not be changed by the peer for now is not forgotten until it may.
final class Comparing {
    private static final int FETCHES_FEW = 64;
    private static final int LATER_MAX = 1024;

    private final Outbox out;
    private final boolean sibling;
    private final Predicate<DocumentId> mayChange;
    private final Fetching fetching;
    private boolean due;
    private boolean open;
    private boolean last;
    private long ticket;
    private @Nullable DocumentId after;
    private final Set<DocumentId> later = new HashSet<>();

    Comparing(Outbox out, SyncSession.Config config, Fetching fetching, boolean due) {
        this.out = out;
        this.sibling = config.sibling();
        this.mayChange = config.mayChange();
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

    /// @param level whether all is here that the peer had to send when it was connected
    void pump(boolean level) {
        if (later.stream().anyMatch(mayChange)) {
            later.clear();
            start();
        }
        if (level && due && !open && fetching.size() < FETCHES_FEW) {
            open = true;
            out.send(new SyncMessage.Compare(after));
        }
    }

    void digests(SyncMessage.Digests digests) {
        if (!open || ticket != 0) {
            out.violated("digests that nobody asked for");
            return;
        }
        if (!sibling && digests.digests().stream().anyMatch(SyncMessage.Digest::isRuled)) {
            out.violated(SyncSession.NO_RULING);
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
        Map<Boolean, List<SyncMessage.Digest>> byLeave =
                digests.digests().stream()
                        .collect(
                                Collectors.partitioningBy(
                                        digest -> mayChange.test(digest.document())));
        out.add(
                new Output.CompareDigests(
                        ticket,
                        byLeave.getOrDefault(true, List.of()),
                        byLeave.getOrDefault(false, List.of())));
    }

    void compared(Input.Compared compared) {
        if (compared.ticket() == ticket && ticket != 0) {
            ticket = 0;
            open = false;
            due = !last;
            compared.differing().forEach(this::differs);
        }
    }

    private void differs(Input.Differing differing) {
        if (mayChange.test(differing.document())) {
            fetching.wantEverything(differing.document(), differing.heads());
        } else if (later.size() < LATER_MAX) {
            later.add(differing.document());
        }
    }

    /// Whether a session that goes on from here has to compare.
    boolean isDue() {
        return !isDone() || !later.isEmpty();
    }

    boolean isDone() {
        return !due && !fetching.wantsEverything();
    }
}
