package org.elohim.cluster.sync;

import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.access.Access;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.Output;
import org.elohim.protocol.sync.Positions;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncSession;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Under which rules a session with a peer runs, and where it begins.
///
/// Invariants: positions of another grant are not gone on from: they have passed what was not
/// allowed then.
final class Relationship {
    private static final String OBSERVER =
            "this node is an observer of its family and takes no edits; connect to a full node of"
                    + " the family to make them";

    private Relationship() {}

    /// A session that goes on from these positions, as far as the grant is the one they were made
    /// under.
    static SyncSession session(Peers.Node node, NodeId peer, PeerSync.State state, Grant grant) {
        Output.State positions =
                switch (state) {
                    case PeerSync.State.Unknown() -> first(node, grant);
                    case PeerSync.State.Known(var known, var digest) ->
                            digest.equals(grant.digest())
                                    ? known
                                    : new Output.State(
                                            Positions.Saved.initial(newEpoch(node)),
                                            known.peerEpoch(),
                                            known.peerRun(),
                                            known.held(),
                                            known.compareDue());
                };
        return new SyncSession(
                new SyncSession.Config(
                        node.id(),
                        peer,
                        node.random().getAsLong(),
                        SyncSession.CAPABILITIES,
                        grant.isFamily(),
                        node.persistMillis(),
                        document -> mayHold(node, grant, document),
                        document -> mayChange(node, peer, grant, document),
                        grant.isFamily() ? node.part() : List.of(),
                        node.takesEdits() ? SyncSession.NO_LEAVE : OBSERVER,
                        document -> mayLack(node, grant, document)),
                positions);
    }

    // Nodes that had nothing to do with each other may still have the same documents: what differs
    // is found at once, before each announces to the other all that it has.
    private static Output.State first(Peers.Node node, Grant grant) {
        return new Output.State(
                Positions.Saved.initial(newEpoch(node)),
                0,
                0,
                0,
                grant instanceof Grant.OfFamily || grant instanceof Grant.OfSource);
    }

    /// What a peer of this grant is told of this page.
    ///
    /// @param known the last entry that the index knows of: a reader may see what was committed a
    ///   moment before it, and would take a document for none that the peer may have
    static Input.Page told(
            Grant grant,
            long ticket,
            JournalReader.Page<SyncHub.Fresh> page,
            long known,
            DocumentIndex index) {
        var entries = new ArrayList<StreamEntry>();
        for (SyncHub.Fresh fresh : page.entries()) {
            if (fresh.entry().ordering() > known) {
                return new Input.Page(
                        ticket, entries, fresh.entry().ordering() - 1, false, page.gap());
            }
            told(grant, fresh, index.find(fresh.entry().document())).ifPresent(entries::add);
        }
        return new Input.Page(ticket, entries, page.through(), page.end(), page.gap());
    }

    /// What a peer of this grant is told of this entry, if anything.
    ///
    /// @param now what there is of its document
    static Optional<StreamEntry> told(
            Grant grant, SyncHub.Fresh fresh, Optional<DocumentIndex.Entry> now) {
        Optional<StreamEntry> shown =
                grant.isFamily() ? Optional.of(fresh.entry()) : fresh.forOthers();
        return shown.filter(entry -> concerns(grant, entry, fresh.reachBefore(), now));
    }

    private static boolean concerns(
            Grant grant,
            StreamEntry entry,
            @Nullable Reach reachBefore,
            Optional<DocumentIndex.Entry> now) {
        DocumentId document = entry.document();
        boolean allowed = now.isPresent() && grant.allows(Access.READ, document, now.get().reach());
        return switch (entry.kind()) {
            // Changes of what is deleted could not be handed out: who asked for them would wait
            // until it hears of the deletion, which comes behind them.
            case CHANGES -> allowed && !now.get().deleted();
            case DELETED, RESTORED -> allowed;
            // To who holds a part it also tells that a document has left that.
            case RULED -> allowed || wasAllowed(grant, document, reachBefore);
            case WITHDRAWN -> !allowed && wasAllowed(grant, document, reachBefore);
        };
    }

    private static boolean wasAllowed(
            Grant grant, DocumentId document, @Nullable Reach reachBefore) {
        return reachBefore != null && grant.allows(Access.READ, document, reachBefore);
    }

    private static long newEpoch(Peers.Node node) {
        long epoch = node.random().getAsLong();
        return epoch == 0 ? 1 : epoch;
    }

    private static boolean mayHold(Peers.Node node, Grant grant, DocumentId document) {
        return node.index()
                .find(document)
                .filter(entry -> grant.allows(Access.READ, document, entry.reach()))
                .filter(_ -> node.index().isReadable(document))
                .isPresent();
    }

    // Never for a sibling: two nodes would ask each other for ever for what neither has.
    private static boolean mayLack(Peers.Node node, Grant grant, DocumentId document) {
        return !grant.isFamily()
                && !document.isLedger()
                && node.index()
                        .find(document)
                        .map(entry -> !entry.deleted() && !node.copies().lacksNothing())
                        .orElse(true);
    }

    private static boolean mayChange(
            Peers.Node node, NodeId peer, Grant grant, DocumentId document) {
        return grant.allows(
                Access.WRITE,
                document,
                node.index()
                        .find(document)
                        .map(DocumentIndex.Entry::reach)
                        .orElseGet(() -> grant.newcomer(peer).reach()));
    }
}
