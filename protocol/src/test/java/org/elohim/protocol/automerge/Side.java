package org.elohim.protocol.automerge;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.Decision;
import org.elohim.protocol.change.Entry;
import org.elohim.protocol.id.ContentHash;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/// One side of a document that is synced: graph, journal, and what its driver has yet to do.
final class Side {
    final ChangeGraph graph;
    private final int changesMax;
    private final List<List<Change>> journal = new ArrayList<>();
    private DocumentSync sync;

    /// Messages on their way to the other side.
    final Deque<Bytes> sent = new ArrayDeque<>();

    /// Takes and reads that are not done yet.
    final List<Output> due = new ArrayList<>();

    /// Why it was given up, or nothing.
    String failure = "";

    Side(CostLimits limits, int changesMax) {
        this.graph = new ChangeGraph(limits);
        this.changesMax = changesMax;
        this.sync = new DocumentSync(graph, List.of(), changesMax);
    }

    Side() {
        this(CostLimits.DEFAULT, DocumentSync.CHANGES_MAX);
    }

    /// A new connection; what was not done for the old one is not done any more.
    void connect(Collection<ContentHash> sharedHeads) {
        sync = new DocumentSync(graph, sharedHeads, changesMax);
        sent.clear();
        due.clear();
        failure = "";
    }

    boolean isBusy() {
        return !sent.isEmpty() || !due.isEmpty();
    }

    /// Does all that is due, then hears the other side out.
    void listen(Side other) {
        while (!due.isEmpty()) {
            doOne(0);
        }
        while (!other.sent.isEmpty() && sync.isReady()) {
            receive(other.sent.remove());
        }
    }

    DocumentSync sync() {
        return sync;
    }

    /// Changes that somebody else has brought here.
    void add(Collection<ChangeChunk> changes) {
        put(List.copyOf(changes), Entry.RELAY);
        handle(new Input.Grown());
    }

    private List<ContentHash> put(List<ChangeChunk> changes, Entry entry) {
        Decision decision = graph.decide(changes, entry);
        if (!decision.accepted().isEmpty()) {
            journal.add(decision.accepted());
            graph.apply(journal.size(), decision.accepted());
        }
        graph.keepWaiting(decision);
        return decision.missing();
    }

    void receive(Bytes message) {
        handle(new Input.Received(Npm.parsed(AutomergeCodec.decode(message))));
    }

    void handle(Input input) {
        for (Output output : sync.handle(input)) {
            switch (output) {
                case Output.Send(var message) -> sent.add(AutomergeCodec.encode(message));
                case Output.Take take -> due.add(take);
                case Output.ReadChanges read -> due.add(read);
                case Output.Failed(var reason) -> failure = reason;
            }
        }
        sync.checkInvariants();
    }

    void doOne(int index) {
        switch (due.remove(index)) {
            case Output.Take(long ticket, var changes) -> {
                List<ChangeChunk> parsed =
                        changes.stream()
                                .map(change -> Npm.parsed(ChangeChunk.parse(change)))
                                .toList();
                handle(new Input.Taken(ticket, put(parsed, Entry.DEVICE)));
            }
            case Output.ReadChanges(long ticket, var locations) -> {
                assertTrue(locations.size() <= changesMax, "changes=" + locations.size());
                List<Bytes> changes =
                        locations.stream()
                                .map(
                                        at ->
                                                journal.get((int) at.journalSequence() - 1)
                                                        .get(at.batchIndex())
                                                        .bytes())
                                .toList();
                handle(new Input.ChangesRead(ticket, changes));
            }
            case Output other -> throw new AssertionError(other);
        }
    }

    /// What was sent, with all that was due done first.
    AutomergeMessage next() {
        while (!due.isEmpty()) {
            doOne(0);
        }
        return Npm.parsed(AutomergeCodec.decode(sent.remove()));
    }
}
