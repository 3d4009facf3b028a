package org.elohim.node.materialiser;

import org.elohim.cluster.sync.DocumentIndex;
import org.elohim.cluster.sync.Grant;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;

import java.util.Optional;

/// What a bearer may do with a document, as it is known here.
///
/// Invariants: judged by reach and scopes as everywhere else; what may not be seen is as what is
/// not there; of the family's ledger there is nothing.
final class Rights {
    private final NodeId node;
    private final DocumentIndex index;

    Rights(NodeId node, DocumentIndex index) {
        this.node = node;
        this.index = index;
    }

    /// Whether it may have to be looked for elsewhere.
    boolean isHere(DocumentId id) {
        return id.isLedger() || index.find(id).isPresent();
    }

    /// Why it is not shown, where that is so.
    Optional<Refusal> mayNotRead(DocumentId id, Grant.OfToken grant) {
        if (!id.isLedger() && !mayReadSome(id, grant)) {
            return forbidden("This token may not read document " + id + ".");
        }
        Optional<DocumentIndex.Entry> known = known(id);
        return known.filter(entry -> grant.allows(Access.READ, id, entry.reach())).isEmpty()
                ? Optional.of(absent(id))
                : notAsItIs(id, known);
    }

    /// Why it is not written, where that is so.
    Optional<Refusal> mayNotWrite(DocumentId id, Grant.OfToken grant) {
        if (id.isLedger()) {
            return Optional.of(absent(id));
        }
        Optional<DocumentIndex.Entry> known = known(id);
        Reach reach =
                known.map(DocumentIndex.Entry::reach).orElseGet(() -> grant.newcomer(node).reach());
        return grant.allows(Access.WRITE, id, reach)
                ? notAsItIs(id, known)
                : forbidden("This token may not write document " + id + ".");
    }

    private static Optional<Refusal> forbidden(String words) {
        return Optional.of(new Refusal(Refusal.Kind.FORBIDDEN, words));
    }

    private Optional<DocumentIndex.Entry> known(DocumentId id) {
        return id.isLedger() ? Optional.empty() : index.find(id);
    }

    private static boolean mayReadSome(DocumentId id, Grant.OfToken grant) {
        for (Reach reach : Reach.values()) {
            if (grant.allows(Access.READ, id, reach)) {
                return true;
            }
        }
        return false;
    }

    private Optional<Refusal> notAsItIs(DocumentId id, Optional<DocumentIndex.Entry> known) {
        if (known.filter(DocumentIndex.Entry::deleted).isPresent()) {
            return Optional.of(deleted(id));
        }
        return index.isReadable(id)
                ? Optional.empty()
                : Optional.of(
                        new Refusal(
                                Refusal.Kind.UNREADABLE,
                                "What is stored of document %s is damaged here; the node's log tells more. Restore its data directory from a backup."
                                        .formatted(id)));
    }

    static Refusal absent(DocumentId id) {
        return new Refusal(
                Refusal.Kind.ABSENT,
                "Document %s is not here, nor at a node of the family that could be asked, or it is not for this token."
                        .formatted(id));
    }

    static Refusal deleted(DocumentId id) {
        return new Refusal(
                Refusal.Kind.DELETED,
                "Document %s is deleted; whoever needs it restores it first.".formatted(id));
    }
}
