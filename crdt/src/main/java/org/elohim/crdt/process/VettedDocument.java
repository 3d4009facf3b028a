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
import java.util.Set;

/// A document's engine, and what of the document it was not given.
///
/// Invariants: it has every visible change that it can read, and all that those build on.
public final class VettedDocument {
    private final CrdtEngine engine;
    private final Vetting.Found found;
    private final Set<ContentHash> leftOut;
    private final Set<ContentHash> unread;
    private final Set<Bytes> actorsLeftOut;
    private final Set<ContentHash> written = new HashSet<>();
    private final int forks;
    private boolean died;

    private VettedDocument(
            CrdtEngine engine,
            Vetting.Found found,
            Set<ContentHash> leftOut,
            Set<ContentHash> unread,
            Set<Bytes> actorsLeftOut,
            int forks) {
        this.engine = engine;
        this.found = found;
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
            Vetting.Terms terms) {
        Vetting.Vetted vetted =
                Vetting.open(engines, actor, candidates(graph, changes), known, terms, _ -> {});
        Set<ContentHash> unread = new HashSet<>();
        Set<ContentHash> leftOut = new HashSet<>(known);
        leftOut.addAll(vetted.found().quarantined().keySet());
        leftOut.addAll(vetted.found().untried());
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
                vetted.engine(), vetted.found(), leftOut, unread, actors, graph.forks().size());
    }

    /// What readers see of a fork, and only what the engine can read.
    public static List<Candidate> candidates(ChangeGraph graph, List<Change> changes) {
        return changes.stream()
                .filter(change -> change instanceof ChangeChunk)
                .filter(change -> graph.isVisible(change.hash()))
                .map(change -> new Candidate(change.hash(), change.deps(), change.bytes()))
                .toList();
    }

    public CrdtEngine engine() {
        return engine;
    }

    /// What the search for what kills it has found, if there was one.
    public Vetting.Found found() {
        return found;
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
        if (chunks.size() == 0) {
            return true;
        }
        CrdtEngine.Applied applied = engine.apply(Bytes.copyOf(chunks.toByteArray()));
        died = applied instanceof CrdtEngine.Applied.Killed;
        return applied instanceof CrdtEngine.Applied.Taken;
    }

    /// Whether its process has ended at what it was given last.
    public boolean hasDied() {
        return died;
    }
}
