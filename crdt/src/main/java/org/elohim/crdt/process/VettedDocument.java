package org.elohim.crdt.process;

import org.elohim.crdt.CrdtEngine;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.id.ContentHash;

import java.io.ByteArrayOutputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A document's engine, and what of the document it was not given.
///
/// Invariants: it has every visible change that it can read, and all that those build on.
public final class VettedDocument {
    private final CrdtEngine engine;
    private final Map<ContentHash, String> quarantined;
    private final Set<ContentHash> untried;
    private final Set<ContentHash> leftOut;
    private final Set<ContentHash> unread;
    private final Set<Bytes> actorsLeftOut;
    private final Set<ContentHash> written = new HashSet<>();
    private final int forks;

    private VettedDocument(
            CrdtEngine engine,
            Map<ContentHash, String> quarantined,
            Set<ContentHash> untried,
            Set<ContentHash> leftOut,
            Set<ContentHash> unread,
            Set<Bytes> actorsLeftOut,
            int forks) {
        this.engine = engine;
        this.quarantined = quarantined;
        this.untried = untried;
        this.leftOut = leftOut;
        this.unread = unread;
        this.actorsLeftOut = actorsLeftOut;
        this.forks = forks;
    }

    /// Opens it with all changes that do not kill it.
    ///
    /// @param known what is known to kill it
    public static VettedDocument of(
            EngineProcess engines,
            Bytes actor,
            ChangeGraph graph,
            List<Change> changes,
            Set<ContentHash> known,
            Vetting.Blame blame) {
        // What readers see of a fork, and only what the engine can read.
        List<Candidate> candidates =
                changes.stream()
                        .filter(change -> change instanceof ChangeChunk)
                        .filter(change -> graph.isVisible(change.hash()))
                        .map(change -> new Candidate(change.hash(), change.deps(), change.bytes()))
                        .toList();
        Vetting.Vetted vetted = Vetting.open(engines, actor, candidates, known, blame, _ -> {});
        Set<ContentHash> unread = new HashSet<>();
        Set<ContentHash> leftOut = new HashSet<>(known);
        leftOut.addAll(vetted.quarantined().keySet());
        leftOut.addAll(vetted.untried());
        Set<Bytes> actors = new HashSet<>();
        for (Change change : changes) {
            if (!(change instanceof ChangeChunk)
                    || !graph.isVisible(change.hash())
                    || change.deps().stream().anyMatch(leftOut::contains)) {
                leftOut.add(change.hash());
            }
            if (leftOut.contains(change.hash())) {
                actors.add(change.actor());
                if (graph.isVisible(change.hash())) {
                    unread.add(change.hash());
                }
            }
        }
        return new VettedDocument(
                vetted.engine(),
                vetted.quarantined(),
                vetted.untried(),
                leftOut,
                unread,
                actors,
                graph.forks().size());
    }

    public CrdtEngine engine() {
        return engine;
    }

    /// What was newly found to kill it, with the reason.
    public Map<ContentHash, String> quarantined() {
        return quarantined;
    }

    /// What was left out this time as well, since the search for what kills it took too long.
    public Set<ContentHash> untried() {
        return untried;
    }

    /// What readers do not see of what they should, in no order.
    public Set<ContentHash> unread() {
        return Set.copyOf(unread);
    }

    /// Who has written changes that it was not given.
    public Set<Bytes> actorsLeftOut() {
        return actorsLeftOut;
    }

    /// It has these already when they come back from the store.
    public void wrote(List<ContentHash> hashes) {
        written.addAll(hashes);
    }

    /// Gives it what has just come into the graph. Where it cannot take that, the document has to
    /// be opened anew.
    public boolean takes(List<Change> fresh, ChangeGraph graph) {
        if (graph.forks().size() != forks) {
            // What readers see may have changed behind what it has.
            return false;
        }
        var chunks = new ByteArrayOutputStream();
        for (Change change : fresh) {
            if (!(change instanceof ChangeChunk)
                    || !graph.isVisible(change.hash())
                    || change.deps().stream().anyMatch(leftOut::contains)) {
                leftOut.add(change.hash());
                if (graph.isVisible(change.hash())) {
                    unread.add(change.hash());
                }
            } else if (!written.remove(change.hash())) {
                chunks.writeBytes(change.bytes().toArray());
            }
        }
        return chunks.size() == 0
                || engine.apply(Bytes.copyOf(chunks.toByteArray()))
                        instanceof CrdtEngine.Applied.Taken;
    }
}
