package org.elohim.client;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.process.Candidate;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.crdt.process.Vetting;
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
final class OpenEngine {
    private final CrdtEngine engine;
    private final Bytes actor;
    private final Map<ContentHash, String> quarantined;
    private final Set<ContentHash> leftOut;
    private final int forks;

    private OpenEngine(
            CrdtEngine engine,
            Bytes actor,
            Map<ContentHash, String> quarantined,
            Set<ContentHash> leftOut,
            int forks) {
        this.engine = engine;
        this.actor = actor;
        this.quarantined = quarantined;
        this.leftOut = leftOut;
        this.forks = forks;
    }

    /// Opens it with all changes that do not kill it.
    ///
    /// @param known what is known to kill it
    static OpenEngine of(
            EngineProcess engines,
            Bytes actor,
            ChangeGraph graph,
            List<Change> changes,
            Set<ContentHash> known) {
        // What readers see of a fork, and only what the engine can read.
        List<Candidate> candidates =
                changes.stream()
                        .filter(change -> change instanceof ChangeChunk)
                        .filter(change -> graph.isVisible(change.hash()))
                        .map(change -> new Candidate(change.hash(), change.deps(), change.bytes()))
                        .toList();
        Vetting.Vetted vetted = Vetting.open(engines, actor, candidates, known, _ -> {});
        Set<ContentHash> leftOut = new HashSet<>(known);
        leftOut.addAll(vetted.quarantined().keySet());
        for (Change change : changes) {
            if (!(change instanceof ChangeChunk)
                    || !graph.isVisible(change.hash())
                    || change.deps().stream().anyMatch(leftOut::contains)) {
                leftOut.add(change.hash());
            }
        }
        return new OpenEngine(
                vetted.engine(), actor, vetted.quarantined(), leftOut, graph.forks().size());
    }

    CrdtEngine engine() {
        return engine;
    }

    /// What was newly found to kill it, with the reason.
    Map<ContentHash, String> quarantined() {
        return quarantined;
    }

    /// Gives it what has just come into the graph. Where it cannot take that, the document has to
    /// be opened anew.
    boolean takes(List<Change> fresh, ChangeGraph graph) {
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
            } else if (!change.actor().equals(actor)) {
                chunks.writeBytes(change.bytes().toArray());
            }
        }
        return chunks.size() == 0
                || engine.apply(Bytes.copyOf(chunks.toByteArray()))
                        instanceof CrdtEngine.Applied.Taken;
    }
}
