package org.elohim.node.materialiser;

import org.elohim.crdt.CrdtEngine;
import org.elohim.crdt.SizeGuard;
import org.elohim.crdt.Value;
import org.elohim.crdt.process.EngineProcess;
import org.elohim.crdt.process.VettedDocument;
import org.elohim.crdt.process.Vetting;
import org.elohim.protocol.Bytes;
import org.elohim.protocol.change.Change;
import org.elohim.protocol.change.ChangeChunk;
import org.elohim.protocol.change.ChangeGraph;
import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.change.SealedChange;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A document that is open in the child process, and all that is known of it here.
///
/// Invariants: used by one thread at a time; its graph has what the engine has, and what the engine
/// was not given. None of its changes is sealed.
final class OpenDocument implements OpenDocuments.Kept {
    /// Beyond it a document costs a small machine too much to be read by it. An edit is a hundred
    /// bytes.
    static final long CHANGES_BYTES_MAX = 32 << 20;

    static final int CHANGES_MAX = 200_000;

    private final DocumentId id;
    private final StoredChanges stored;
    private final ChangeGraph graph;
    private final VettedDocument vetted;
    private final SizeGuard size;
    private long pages;

    private OpenDocument(
            DocumentId id,
            StoredChanges stored,
            ChangeGraph graph,
            long pages,
            VettedDocument vetted,
            SizeGuard size) {
        this.id = id;
        this.stored = stored;
        this.graph = graph;
        this.pages = pages;
        this.vetted = vetted;
        this.size = size;
    }

    /// Opens it from all its changes; those that the engine fails on are found and noted.
    static OpenDocument of(
            DocumentId id,
            StoredChanges stored,
            EngineProcess engines,
            Authors authors,
            Quarantine quarantine,
            SizeGuard size) {
        var graph = new ChangeGraph(CostLimits.DEFAULT);
        List<Change> changes = new ArrayList<>();
        long pages = 0;
        for (List<Change> page = stored.after(id, List.of());
                !page.isEmpty();
                page = stored.after(id, graph.heads())) {
            take(id, graph, ++pages, page);
            changes.addAll(page);
        }
        while (true) {
            Bytes actor = authors.of(id);
            VettedDocument vetted =
                    VettedDocument.of(
                            engines,
                            actor,
                            graph,
                            changes,
                            quarantine.of(id),
                            Vetting.Blame.HANGS_TOO);
            quarantine.add(id, graph, vetted.quarantined().keySet(), vetted.untried());
            if (!vetted.actorsLeftOut().contains(actor)) {
                return new OpenDocument(id, stored, graph, pages, vetted, size);
            }
            // The engine would give the next change the number of one that it was not given.
            vetted.engine().close();
            authors.renew(id);
        }
    }

    /// Takes in what was journaled since. Where it cannot, it has to be opened anew.
    boolean refresh() {
        for (List<Change> page = stored.after(id, graph.heads());
                !page.isEmpty();
                page = stored.after(id, graph.heads())) {
            take(id, graph, ++pages, page);
            if (!vetted.takes(page, graph)) {
                return false;
            }
        }
        return true;
    }

    private static void take(DocumentId id, ChangeGraph graph, long page, List<Change> changes) {
        if (changes.stream().anyMatch(SealedChange.class::isInstance)) {
            throw new Refusal(
                            Refusal.Kind.SEALED,
                            "Document %s is encrypted, and the node has no key to it; read it on a device that has."
                                    .formatted(id))
                    .spoiling();
        }
        graph.apply(page, changes);
        checkSize(id, graph.sizeBytes(), graph.size());
    }

    static void checkSize(DocumentId id, long bytes, int changes) {
        if (bytes > CHANGES_BYTES_MAX || changes > CHANGES_MAX) {
            throw new Refusal(
                            Refusal.Kind.TOO_LARGE,
                            "Document %s has a history of %,d bytes in %,d changes, and the node reads at most %,d in %,d; read it on a device."
                                    .formatted(id, bytes, changes, CHANGES_BYTES_MAX, CHANGES_MAX))
                    .spoiling();
        }
    }

    CrdtEngine engine() {
        return vetted.engine();
    }

    /// What it says.
    Value.Fields tree() {
        Value root =
                vetted.engine()
                        .view(JsonText.BYTES_MAX)
                        .orElseThrow(
                                () -> Refusal.thrown(Refusal.Kind.TOO_LARGE, tooLong(id).words()));
        if (root instanceof Value.Fields fields) {
            return fields;
        }
        throw new IllegalStateException("the root of a document is a map");
    }

    static Refusal tooLong(DocumentId id) {
        return new Refusal(
                Refusal.Kind.TOO_LARGE,
                "Document %s is longer than %d MiB as JSON, which is what the node reads at most; read it on a device."
                        .formatted(id, JsonText.BYTES_MAX >> 20));
    }

    List<ContentHash> heads() {
        return graph.heads();
    }

    boolean isEmpty() {
        return graph.size() == 0;
    }

    @Override
    public long sizeBytes() {
        return graph.sizeBytes();
    }

    /// Changes that cannot be read, in ascending order.
    List<ContentHash> leftOut() {
        return vetted.unread().stream().sorted().toList();
    }

    /// Why changes that were just made must not be kept.
    Optional<String> tooLarge(List<ChangeChunk> made) {
        return size.refusal(vetted.engine(), graph.sizeBytes(), made);
    }

    /// Changes that its engine has made are journaled.
    void wrote(List<ChangeChunk> made) {
        graph.apply(++pages, made);
    }

    @Override
    public void close() {
        vetted.engine().close();
    }
}
