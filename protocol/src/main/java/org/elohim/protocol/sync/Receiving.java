package org.elohim.protocol.sync;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Ruling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The half of a session that takes in the peer's stream.
///
/// Invariants: a position is acknowledged only after all before it, and only when each of its
/// changes is durable here or was refused, of an offer all that the peer has; what is not settled
/// is no more than the peer's window.
final class Receiving {
    private static final String WITHHELD = "it was announced, and then not handed out";
    private static final long NOT_LEVEL = Long.MAX_VALUE;

    private final Outbox out;
    private final Predicate<DocumentId> mayChange;
    private final String noLeave;
    private final boolean rulingsOffer;
    private final Fetching fetching;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private long pendingBytes;
    private long held;
    private long heldRun;
    private long levelAt = NOT_LEVEL;
    private boolean readable = true;

    /// A position that is not acknowledged yet.
    private static final class Pending {
        private final DocumentId document;
        private final Set<ContentHash> awaited;
        private final long sizeBytes;
        private final boolean live;
        private long ticket;
        // All that the peer has of the document is to be fetched.
        private boolean offered;

        Pending(DocumentId document, Set<ContentHash> awaited, long sizeBytes, boolean live) {
            this.document = document;
            this.awaited = awaited;
            this.sizeBytes = sizeBytes;
            this.live = live;
        }
    }

    Receiving(Outbox out, SyncSession.Config config, Fetching fetching, Output.State state) {
        this.out = out;
        this.mayChange = config.mayChange();
        this.noLeave = config.noLeave();
        this.rulingsOffer = !config.part().isEmpty();
        this.fetching = fetching;
        this.held = state.held();
        this.heldRun = state.peerRun();
    }

    long held() {
        return held;
    }

    /// Of the peer's process that has given the number `held`.
    long heldRun() {
        return heldRun;
    }

    /// A stream that is new to us, from its beginning.
    void begin(long run) {
        held = 0;
        heldRun = run;
    }

    /// Goes on where the peer does. Says whether that is behind what is held here: then we have
    /// acknowledged more than we remember.
    boolean resume(long run, long acknowledged) {
        // Of its own numbers the peer takes our word, of those of an earlier process it does not.
        long after = run == heldRun ? Math.max(held, acknowledged) : acknowledged;
        boolean lost = after > held;
        held = after;
        heldRun = run;
        return lost;
    }

    /// Forgets what was not acknowledged, with its tickets: the peer numbers anew from there.
    void reset() {
        levelAt = NOT_LEVEL;
        readable = true;
        pending.clear();
        pendingBytes = 0;
    }

    void events(SyncMessage.Events events) {
        if (!follows(events.firstPosition())) {
            return;
        }
        for (SyncMessage.Event event : events.events()) {
            var entry =
                    new Pending(
                            event.document(),
                            new LinkedHashSet<>(event.hashes()),
                            size(event.changes()),
                            event.kind() == Lane.LOCAL || event.kind() == Lane.NEW);
            add(entry);
            if (!mayChange.test(event.document())) {
                refuse(event.document(), event.hashes(), Limit.REACH, noLeave);
                entry.awaited.clear();
                continue;
            }
            entry.ticket = out.ticket();
            out.add(
                    new Output.Take(
                            entry.ticket,
                            event.kind(),
                            event.document(),
                            event.hashes(),
                            event.changes()));
        }
    }

    void mark(long position, StreamEntry.Kind kind, DocumentId document, long life) {
        if (!follows(position)) {
            return;
        }
        var entry = new Pending(document, new LinkedHashSet<>(), 0, false);
        add(entry);
        if (kind != StreamEntry.Kind.WITHDRAWN && !mayChange.test(document)) {
            refuse(document, List.of(), Limit.REACH, noLeave);
            return;
        }
        entry.offered = kind == StreamEntry.Kind.RESTORED;
        entry.ticket = out.ticket();
        out.add(new Output.TakeMark(entry.ticket, kind, document, life));
    }

    void ruling(long position, DocumentId document, Ruling ruling, long life) {
        if (follows(position)) {
            var entry = new Pending(document, new LinkedHashSet<>(), 0, false);
            add(entry);
            entry.offered = rulingsOffer;
            entry.ticket = out.ticket();
            out.add(new Output.TakeRuling(entry.ticket, document, ruling, life));
        }
    }

    /// The peer has sent all it had.
    void level(long position) {
        if (levelAt != NOT_LEVEL) {
            out.violated("a second Level");
        } else {
            levelAt = position;
        }
    }

    boolean isLevel() {
        return held >= levelAt;
    }

    private boolean follows(long position) {
        if (position != held + pending.size() + 1) {
            out.violated("position %d follows %d".formatted(position, held + pending.size()));
            return false;
        }
        return true;
    }

    private void add(Pending entry) {
        pending.add(entry);
        pendingBytes += entry.sizeBytes;
        if (pending.size() > Sending.WINDOW_EVENTS
                || pendingBytes > Sending.WINDOW_BYTES + StreamEntry.SIZE_BYTES_MAX) {
            out.violated("more events than the window allows");
        }
    }

    /// Says whether the peer has withheld something that it had announced. Then it has been deleted
    /// or withdrawn there, and a mark is on its way behind what waits here; or it is damaged there.
    boolean taken(Input.Taken taken) {
        var durable = new HashSet<>(taken.durable());
        for (Input.Refusal refusal : taken.refused()) {
            durable.add(refusal.hash());
        }
        DocumentId fetched = fetching.documentOf(taken.ticket());
        DocumentId document = fetched;
        for (Pending entry : pending) {
            if (entry.ticket == taken.ticket()) {
                entry.ticket = 0;
                document = entry.document;
                if (entry.offered) {
                    fetching.wantEverything(document, taken.heads());
                }
            }
        }
        // An answer to a question from before the last cut.
        if (document == null) {
            return false;
        }
        for (Input.Refusal refusal : taken.refused()) {
            refuse(document, List.of(refusal.hash()), refusal.limit(), refusal.explanation());
        }
        for (Pending entry : pending) {
            if (entry.document.equals(document)) {
                entry.awaited.removeAll(durable);
            }
        }
        if (fetched != null) {
            boolean withheld = fetching.taken(taken, !awaited(fetched).isEmpty());
            if (withheld) {
                withheld(fetched);
            }
            return withheld;
        }
        if (!taken.missing().isEmpty() && !awaited(document).isEmpty()) {
            fetching.want(document, taken.heads(), taken.missing());
        }
        return false;
    }

    // Whoever went on waiting would hold up all that comes behind, the mark that says why included.
    private void withheld(DocumentId document) {
        for (Pending entry : pending) {
            if (entry.document.equals(document) && entry.ticket == 0 && !entry.awaited.isEmpty()) {
                refuse(document, List.copyOf(entry.awaited), Limit.WITHHELD, WITHHELD);
                entry.awaited.clear();
            }
        }
    }

    private void refuse(
            DocumentId document, List<ContentHash> hashes, Limit limit, String explanation) {
        readable = readable && limit != Limit.UNREADABLE;
        out.send(new SyncMessage.Refused(document, hashes, limit, SyncMessage.words(explanation)));
    }

    /// All that this document's events wait for.
    List<ContentHash> awaited(DocumentId document) {
        var awaited = new ArrayList<ContentHash>();
        for (Pending entry : pending) {
            if (entry.document.equals(document)) {
                awaited.addAll(entry.awaited);
            }
        }
        return awaited;
    }

    /// The lane of an answer to a Need. A change that was too large for its event is as new as one
    /// that was not; where more comes than was announced, that is history.
    Lane laneOf(DocumentId document, int changes) {
        long announced =
                pending.stream()
                        .filter(entry -> entry.live && entry.document.equals(document))
                        .mapToLong(entry -> entry.awaited.size())
                        .sum();
        return changes <= announced ? Lane.NEW : Lane.BACKFILL;
    }

    /// Acknowledges what has become possible; says whether there was anything.
    boolean acknowledge() {
        long before = held;
        while (!pending.isEmpty() && isSettled(pending.element())) {
            pendingBytes -= pending.remove().sizeBytes;
            held++;
        }
        if (held > before) {
            out.send(new SyncMessage.Ack(held, Tier.ACCEPTED));
        }
        return held > before;
    }

    private boolean isSettled(Pending entry) {
        return entry.ticket == 0
                && entry.awaited.isEmpty()
                && !(entry.offered && fetching.wantsEverything(entry.document));
    }

    private static long size(List<Bytes> changes) {
        return changes.stream().mapToLong(Bytes::size).sum();
    }

    /// Whether all that came over this connection could be taken into documents that can be read.
    boolean isReadable() {
        return readable;
    }

    boolean isIdle() {
        return pending.isEmpty();
    }

    void checkInvariants() {
        if (pending.size() > Sending.WINDOW_EVENTS) {
            throw new IllegalStateException("broken: pending=" + pending.size());
        }
        if (!pending.isEmpty() && isSettled(pending.element())) {
            throw new IllegalStateException("broken: a settled position is not acknowledged");
        }
        for (Pending entry : pending) {
            // What nobody asks for would never come.
            if (entry.ticket == 0
                    && !entry.awaited.isEmpty()
                    && !fetching.isWanted(entry.document)) {
                throw new IllegalStateException("broken: nobody asks for " + entry.awaited);
            }
        }
    }
}
