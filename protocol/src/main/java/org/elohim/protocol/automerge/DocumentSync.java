package org.elohim.protocol.automerge;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.automerge.AutomergeMessage.Have;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.Selection;
import org.elohim.protocol.id.ContentHash;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// One document's side of Automerge's sync protocol towards one peer, without a look into changes.
///
/// Invariants: the heads it tells are those of the graph, which knows only what is journaled; what
/// it sends at once, has under way and holds is bounded, whatever the peer does; two that hear each
/// other out end with the same changes and fall silent, also where one refuses what the other has.
///
/// It belongs to the graph's owner, and lives as long as the connection, or until the peer asks for
/// the document anew. What both have lies in `sharedHeads` and may be kept for the next time; it
/// only saves bytes.
///
/// Each side tells its heads, and what it has beyond what both had last: as a Bloom filter, which
/// claims too much now and then. What was held back for such a claim leaves the receiver with
/// changes that build on nothing; it keeps them and says what it needs.
///
/// Peers remember what they have sent and do not send it twice on a connection, so what came and
/// cannot be taken yet is kept here: the graph's own waiting room may drop it.
public final class DocumentSync {
    /// Much at once is applied far faster than little by little, but a slow line wants to see
    /// progress.
    static final int CHANGES_MAX = 1 << 13;

    static final int CHANGES_BYTES_MAX = 1 << 20;

    /// Changes that were sent and that the peer's heads do not show yet.
    static final int SENT_MAX = 2 * CHANGES_MAX;

    /// Beyond what is being taken. A peer may send a message for each keystroke.
    static final int INBOX_MAX = 8;

    static final int INBOX_BYTES_MAX = 1 << 20;

    /// As much as may come in one message.
    static final int WAITING_BYTES_MAX = AutomergeCodec.MESSAGE_BYTES_MAX;

    private static final int NEED_MAX = 1 << 14;

    private final int changesMax;
    private ChangeGraph graph;
    private List<Output> outputs = new ArrayList<>();
    private long lastTicket;
    private boolean failed;

    // What comes in.
    private final Deque<AutomergeMessage> inbox = new ArrayDeque<>();
    private final List<Bytes> waiting = new ArrayList<>();
    private List<ContentHash> missing = List.of();
    private long takeTicket;

    // What the peer has said.
    private List<ContentHash> shared;
    private @Nullable AutomergeMessage theirs;
    private boolean heard;
    private boolean heardNews;
    private boolean heardChanges;

    // What the peer was told.
    private boolean speaks;
    private @Nullable AutomergeMessage told;
    private List<ContentHash> toldHeads = List.of();
    private final Set<ContentHash> sent = new LinkedHashSet<>();
    private List<Selection.Location> sending = List.of();
    private long readTicket;
    // A message with changes is answered before the next one: a peer that cannot keep up gets more
    // in each, instead of ever more of them. One that had told the same heads before does not
    // answer.
    private boolean unanswered;

    /// @param sharedHeads what the peer and we were known to share when we last met, or nothing
    public DocumentSync(ChangeGraph graph, Collection<ContentHash> sharedHeads) {
        this(graph, sharedHeads, CHANGES_MAX);
    }

    DocumentSync(ChangeGraph graph, Collection<ContentHash> sharedHeads, int changesMax) {
        this.graph = graph;
        this.shared = graph.known(sharedHeads);
        this.changesMax = changesMax;
    }

    /// The document's changes are another graph's from now on, which has all that the last one had.
    public void goOnWith(ChangeGraph next) {
        graph = next;
    }

    public List<Output> handle(Input input) {
        if (failed) {
            return List.of();
        }
        switch (input) {
            case Input.Begun _ -> speaks = true;
            case Input.Grown _ -> {}
            case Input.Received(var message) -> received(message);
            case Input.Taken(long ticket, var lacks) -> {
                if (ticket == takeTicket) {
                    taken(lacks);
                }
            }
            case Input.Poisoned(_, var reason) -> fail("not a change: " + reason);
            case Input.ChangesRead(long ticket, var changes) -> {
                if (ticket == readTicket) {
                    read(changes);
                }
            }
        }
        take();
        speak();
        List<Output> drained = outputs;
        outputs = new ArrayList<>();
        return drained;
    }

    /// Whether the next message may be given to it; before, it would have to be held.
    public boolean isReady() {
        return inbox.size() < INBOX_MAX && sizeBytes(inbox) < INBOX_BYTES_MAX;
    }

    /// Whether nothing is under way, and nothing is kept that the peer would not send again: it may
    /// be made anew from `sharedHeads`.
    public boolean isSettled() {
        return inbox.isEmpty() && waiting.isEmpty() && takeTicket == 0 && readTicket == 0;
    }

    /// Of what came and is not taken yet, or cannot be.
    public long heldBytes() {
        // What is being taken is in both.
        long counted = takeTicket == 0 ? 0 : sizeBytes(List.of(inbox.element()));
        return sizeBytes(inbox) - counted + waitingBytes();
    }

    /// What both are known to have, by the last changes of it.
    public List<ContentHash> sharedHeads() {
        return shared;
    }

    /// What the peer said last that it has; nothing before it spoke.
    public List<ContentHash> theirHeads() {
        return theirs == null ? List.of() : theirs.heads();
    }

    private void received(AutomergeMessage message) {
        if (!isReady()) {
            fail("sent more than could be taken");
            return;
        }
        inbox.add(message);
    }

    private void take() {
        while (!failed && takeTicket == 0 && !inbox.isEmpty()) {
            List<Bytes> changes = inbox.element().changes();
            if (changes.isEmpty()) {
                hear(inbox.remove());
            } else {
                waiting.addAll(changes);
                takeTicket = ++lastTicket;
                outputs.add(new Output.Take(takeTicket, waiting));
            }
        }
    }

    private void taken(List<ContentHash> lacks) {
        takeTicket = 0;
        missing = lacks;
        if (lacks.isEmpty()) {
            waiting.clear();
        } else if (waitingBytes() > WAITING_BYTES_MAX) {
            fail("sent more than may wait for what it builds on");
            return;
        }
        hear(inbox.remove());
    }

    private void hear(AutomergeMessage message) {
        List<ContentHash> heads = message.heads().stream().distinct().sorted().toList();
        var said = new AutomergeMessage(heads, message.need(), message.have(), List.of());
        List<ContentHash> known = graph.known(heads);
        if (said.isReset() || known.size() == heads.size()) {
            shared = known;
        } else {
            var joined = new LinkedHashSet<>(known);
            joined.addAll(graph.beyond(known, shared));
            shared = List.copyOf(joined);
        }
        speaks = true;
        heard = true;
        heardNews = !said.equals(theirs);
        heardChanges = !message.changes().isEmpty();
        if (heardNews && (heads.isEmpty() || said.isReset())) {
            // It has lost what it had.
            sent.clear();
            toldHeads = List.of();
        } else {
            sent.retainAll(Set.copyOf(graph.beyond(known, sent)));
        }
        if (message.changes().isEmpty() && heads.equals(graph.heads())) {
            // It knows without being told.
            toldHeads = heads;
        }
        theirs = said;
        unanswered = false;
    }

    private void speak() {
        if (!speaks || failed || readTicket != 0 || unanswered) {
            return;
        }
        if (theirs != null && remembersMore(theirs)) {
            if (heard && heardNews) {
                say(
                        new AutomergeMessage(
                                graph.heads(), List.of(), List.of(Have.NOTHING), List.of()));
            }
            return;
        }
        boolean news = told == null || !toldHeads.equals(graph.heads());
        List<Selection.Location> lacking = lacking();
        if (!lacking.isEmpty()) {
            if (news || heard) {
                sending = lacking;
                readTicket = ++lastTicket;
                outputs.add(new Output.ReadChanges(readTicket, lacking));
            }
        } else if (news || (heard && !theirHeads().equals(graph.heads()))) {
            AutomergeMessage message = message(List.of());
            // Where one side refuses what the other has, both would go on like this for ever.
            if (news || heardNews || heardChanges || !message.equals(told)) {
                say(message);
            }
        }
    }

    private void read(List<Bytes> changes) {
        readTicket = 0;
        sending.forEach(location -> sent.add(location.hash()));
        sending = List.of();
        unanswered = !theirHeads().equals(graph.heads());
        say(message(changes));
    }

    private void say(AutomergeMessage message) {
        told = new AutomergeMessage(message.heads(), message.need(), message.have(), List.of());
        toldHeads = message.heads();
        heard = false;
        outputs.add(new Output.Send(message));
    }

    private AutomergeMessage message(List<Bytes> changes) {
        var need = new LinkedHashSet<>(missing);
        need.addAll(theirHeads());
        need.removeIf(graph::has);
        // A filter would have the peer send much that we only lack the beginning of.
        boolean repairs = !theirHeads().containsAll(need);
        return new AutomergeMessage(
                graph.heads(),
                need.stream().limit(NEED_MAX).toList(),
                repairs ? List.of() : List.of(have()),
                changes);
    }

    private Have have() {
        Selection beyond = graph.missingSince(shared);
        // Without a filter the peer sends again what is here already, and nothing is lost.
        return new Have(
                shared,
                beyond.size() > BloomFilter.ENTRIES_MAX
                        ? BloomFilter.EMPTY
                        : BloomFilter.of(beyond.size(), beyond.stream()));
    }

    /// Whether the peer goes by something we both had that is not here any more: this node was
    /// restored from a backup. Whatever the peer would send is too little.
    private boolean remembersMore(AutomergeMessage said) {
        return !said.have().isEmpty() && !graph.hasAll(said.have().getFirst().lastSync());
    }

    private List<Selection.Location> lacking() {
        int room = Math.min(changesMax, SENT_MAX - sent.size());
        AutomergeMessage said = theirs;
        if (said == null || room == 0) {
            return List.of();
        }
        Set<ContentHash> need = Set.copyOf(said.need());
        Collection<ContentHash> has = new LinkedHashSet<>(graph.known(said.heads()));
        boolean hasNothingElse = has.size() == said.heads().size();
        if (!hasNothingElse) {
            said.have().stream()
                    .map(Have::lastSync)
                    .filter(lastSync -> isHonest(lastSync, need))
                    .forEach(has::addAll);
        }
        return graph.lacking(
                has,
                // Where all it has follows from its heads, nothing is left to claim.
                hash -> !hasNothingElse && !need.contains(hash) && claims(said, hash),
                sent::contains,
                CHANGES_BYTES_MAX,
                room);
    }

    /// A peer that was restored from a backup may remember what it has lost, and need it.
    private boolean isHonest(List<ContentHash> lastSync, Set<ContentHash> need) {
        return graph.beyond(lastSync, need).size() == graph.known(need).size();
    }

    private static boolean claims(AutomergeMessage said, ContentHash hash) {
        return said.have().isEmpty()
                || said.have().stream().anyMatch(have -> have.filter().mayContain(hash));
    }

    private long waitingBytes() {
        return waiting.stream().mapToLong(Bytes::size).sum();
    }

    private static long sizeBytes(Collection<AutomergeMessage> messages) {
        return messages.stream()
                .flatMap(message -> message.changes().stream())
                .mapToLong(Bytes::size)
                .sum();
    }

    private void fail(String reason) {
        failed = true;
        outputs.add(new Output.Failed(reason));
    }

    /// Checks what must always hold; for tests.
    void checkInvariants() {
        if (sent.size() > SENT_MAX) {
            throw new IllegalStateException("broken: sent=" + sent.size());
        }
        if (!graph.hasAll(shared)) {
            throw new IllegalStateException("broken: shared heads are unknown");
        }
    }
}
