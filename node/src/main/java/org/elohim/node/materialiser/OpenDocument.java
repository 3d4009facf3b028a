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
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A document that is open in the child process, and all that is known of it here.
///
/// Invariants: used by one thread at a time; its graph has what the engine has, and what the engine
/// was not given. None of its changes is sealed.
final class OpenDocument implements OpenDocuments.Kept {
    private final DocumentId id;
    private final StoredChanges stored;
    private final ChangeGraph graph;
    private final VettedDocument vetted;
    private final Set<ContentHash> without;
    private final SizeGuard size;
    private long pages;

    private OpenDocument(
            History history, VettedDocument vetted, Set<ContentHash> without, SizeGuard size) {
        this.id = history.id();
        this.stored = history.stored();
        this.graph = history.graph();
        this.pages = history.pages();
        this.vetted = vetted;
        this.without = without;
        this.size = size;
    }

    /// Opens it from all its changes; those that the engine fails on are found and noted.
    static OpenDocument of(
            History history,
            EngineProcess engines,
            Authors authors,
            Quarantine quarantine,
            Vetting.Search search,
            SizeGuard size) {
        DocumentId id = history.id();
        while (true) {
            Bytes actor = authors.of(id);
            Set<ContentHash> known = quarantine.of(id);
            VettedDocument vetted =
                    VettedDocument.of(
                            engines,
                            actor,
                            history.graph(),
                            history.changes(),
                            known,
                            terms(quarantine.isSuspected(id), search));
            Set<ContentHash> without = quarantine.add(id, history.graph(), known, vetted.found());
            if (!vetted.actorsLeftOut().contains(actor)) {
                return new OpenDocument(history, vetted, without, size);
            }
            // The engine would give the next change the number of one that it was not given.
            vetted.engine().close();
            authors.renew(id);
        }
    }

    static Vetting.Terms terms(boolean suspected, Vetting.Search search) {
        return new Vetting.Terms(Vetting.Blame.HANGS_TOO, JsonText.BYTES_MAX, suspected, search);
    }

    /// Takes in what was journaled since. Where it cannot, it has to be opened anew.
    ///
    /// @param quarantine says whether what has come is to be tried elsewhere first
    boolean refresh(Quarantine quarantine) {
        for (List<Change> page = stored.after(id, graph.heads());
                !page.isEmpty();
                page = stored.after(id, graph.heads())) {
            History.take(id, graph, ++pages, page);
            if (quarantine.isSuspected(id)) {
                return false;
            }
            if (!vetted.takes(page, graph)) {
                if (vetted.hasDied()) {
                    quarantine.suspect(id);
                }
                return false;
            }
        }
        return true;
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

    /// The first of the changes that it was opened without, of those that build on each other.
    Set<ContentHash> without() {
        return without;
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
