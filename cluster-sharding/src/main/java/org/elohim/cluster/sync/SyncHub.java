package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Streamed;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.access.Scope;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.Input;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/// Tells the live sessions what was just committed.
///
/// Invariants: every session that is registered hears of every entry that its peer may have, in the
/// order of the journal, and only after the index knows of it; what is not for a peer costs its
/// session nothing, but now and then a word of how far the journal has come; telling never waits
/// for a session.
public final class SyncHub {
    // A session that comes back reads at most so much that is not for its peer, and what was
    // written while it was away.
    private static final int ENTRIES_PASSED_BY_MAX = 10_000;

    private final DocumentIndex index;
    private final Map<ActorRef<PeerSync.Command>, Grant> sessions = new HashMap<>();
    // The same: those whose grant names nothing but documents, by document, and all others.
    private final Map<DocumentId, Map<ActorRef<PeerSync.Command>, Grant>> ofDocument =
            new HashMap<>();
    private final Map<ActorRef<PeerSync.Command>, Grant> ofAny = new HashMap<>();
    // Since this process began, which every connection has ended with.
    private final Set<ContentHash> revoked = new HashSet<>();
    private long allHeardOf;
    private volatile long streamed;

    /// An entry of the stream.
    ///
    /// @param entry as the family's other nodes are told of it
    /// @param forOthers as everybody else is
    /// @param reachBefore of a document whose reach was changed: only who could have it then needs
    ///   to hear that it is withdrawn
    record Fresh(StreamEntry entry, Optional<StreamEntry> forOthers, @Nullable Reach reachBefore) {
        static Fresh of(long ordering, Streamed event) {
            return new Fresh(
                    event.entry(ordering),
                    event.entryForOthers(ordering),
                    event instanceof Document.Event.ReachChanged changed ? changed.before() : null);
        }
    }

    /// @param streamed the last entry of the stream that the journal holds already
    public SyncHub(DocumentIndex index, long streamed) {
        this.index = index;
        this.streamed = streamed;
    }

    /// The last entry of the stream: what lies in the journal by now lies at or before it.
    public long streamed() {
        return streamed;
    }

    /// The journal calls this for each commit.
    public synchronized void committed(List<Committed> batch) {
        batch.forEach(index::apply);
        var fresh = new ArrayList<Fresh>();
        for (Committed committed : batch) {
            if (committed.event() instanceof Streamed event) {
                fresh.add(Fresh.of(committed.ordering(), event));
                streamed = committed.ordering();
            }
            if (committed.event() instanceof Tokens.Event.Revoked(var token, var _)) {
                revoked.add(token);
                var told = new PeerSync.Command.TokenRevoked(token);
                sessions.keySet().forEach(session -> session.tell(told));
            }
        }
        long through = batch.getLast().ordering();
        Map<ActorRef<PeerSync.Command>, List<StreamEntry>> concerned = concerned(fresh);
        concerned.forEach((session, entries) -> tell(session, entries, through));
        boolean all = through - allHeardOf >= ENTRIES_PASSED_BY_MAX;
        if (all) {
            allHeardOf = through;
        }
        // A full node that lags behind for want of a word would keep things from being durable.
        sessions.forEach(
                (session, grant) -> {
                    if ((all || (grant.isFull() && !fresh.isEmpty()))
                            && !concerned.containsKey(session)) {
                        tell(session, List.of(), through);
                    }
                });
    }

    private Map<ActorRef<PeerSync.Command>, List<StreamEntry>> concerned(List<Fresh> fresh) {
        var concerned = new LinkedHashMap<ActorRef<PeerSync.Command>, List<StreamEntry>>();
        for (Fresh each : fresh) {
            DocumentId document = each.entry().document();
            Optional<DocumentIndex.Entry> now = index.find(document);
            BiConsumer<ActorRef<PeerSync.Command>, Grant> ask =
                    (session, grant) ->
                            Relationship.told(grant, each, now)
                                    .ifPresent(
                                            entry ->
                                                    concerned
                                                            .computeIfAbsent(
                                                                    session, _ -> new ArrayList<>())
                                                            .add(entry));
            ofAny.forEach(ask);
            ofDocument.getOrDefault(document, Map.of()).forEach(ask);
        }
        return concerned;
    }

    private static void tell(
            ActorRef<PeerSync.Command> session, List<StreamEntry> entries, long through) {
        session.tell(new PeerSync.Command.Committed(new Input.Fresh(entries, through)));
    }

    /// From here on the session hears of what a peer of this grant may have, and of each token that
    /// is revoked.
    ///
    /// @return false, and nothing is changed, where the grant's token is revoked already
    synchronized boolean register(ActorRef<PeerSync.Command> session, Grant grant) {
        if (grant instanceof Grant.OfToken token && revoked.contains(token.token())) {
            return false;
        }
        unregister(session);
        sessions.put(session, grant);
        List<DocumentId> documents = documents(grant);
        if (documents.isEmpty()) {
            ofAny.put(session, grant);
        } else {
            documents.forEach(
                    document ->
                            ofDocument
                                    .computeIfAbsent(document, _ -> new HashMap<>())
                                    .put(session, grant));
        }
        return true;
    }

    synchronized void unregister(ActorRef<PeerSync.Command> session) {
        Grant grant = sessions.remove(session);
        if (grant == null) {
            return;
        }
        ofAny.remove(session);
        for (DocumentId document : documents(grant)) {
            ofDocument.computeIfPresent(
                    document,
                    (_, those) -> {
                        those.remove(session);
                        return those.isEmpty() ? null : those;
                    });
        }
    }

    // Nothing where it names anything but documents.
    private static List<DocumentId> documents(Grant grant) {
        return grant instanceof Grant.OfToken(var _, var scopes)
                        && scopes.stream().allMatch(Scope.OfDocument.class::isInstance)
                ? scopes.stream().map(scope -> ((Scope.OfDocument) scope).document()).toList()
                : List.of();
    }
}
