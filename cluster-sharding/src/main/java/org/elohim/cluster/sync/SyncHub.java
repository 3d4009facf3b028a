package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;

import org.elohim.cluster.document.Document;
import org.elohim.cluster.journal.Committed;
import org.elohim.cluster.journal.Streamed;
import org.elohim.cluster.token.Tokens;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.reach.Reach;
import org.elohim.protocol.sync.StreamEntry;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tells the live sessions what was just committed.
///
/// Invariants: every session that is registered hears of every entry, in the order of the journal,
/// and only after the index knows of it; telling never waits for a session.
public final class SyncHub {
    private final DocumentIndex index;
    private final Set<ActorRef<PeerSync.Command>> sessions = ConcurrentHashMap.newKeySet();
    // Since this process began, which every connection has ended with.
    private final Set<ContentHash> revoked = ConcurrentHashMap.newKeySet();

    /// An entry of the stream.
    ///
    /// @param reachBefore of a document whose reach was changed: only who could have it then needs
    ///   to hear that it is withdrawn
    record Fresh(StreamEntry entry, @Nullable Reach reachBefore) {
        static Fresh of(long ordering, Streamed event) {
            return new Fresh(
                    event.entry(ordering),
                    event instanceof Document.Event.ReachChanged changed ? changed.before() : null);
        }
    }

    public SyncHub(DocumentIndex index) {
        this.index = index;
    }

    /// The journal calls this for each commit.
    public void committed(List<Committed> batch) {
        var fresh = new ArrayList<Fresh>();
        for (Committed committed : batch) {
            index.apply(committed);
            if (committed.event() instanceof Streamed event) {
                fresh.add(Fresh.of(committed.ordering(), event));
            }
            if (committed.event() instanceof Tokens.Event.Revoked(var token, var _)) {
                revoked.add(token);
                var told = new PeerSync.Command.TokenRevoked(token);
                sessions.forEach(session -> session.tell(told));
            }
        }
        if (!fresh.isEmpty()) {
            var told = new PeerSync.Command.Committed(fresh);
            sessions.forEach(session -> session.tell(told));
        }
    }

    /// Whether a connection that began with this token must not go on. A session that is registered
    /// and asks this hears of every token, however late it is revoked.
    boolean isRevoked(ContentHash token) {
        return revoked.contains(token);
    }

    void register(ActorRef<PeerSync.Command> session) {
        sessions.add(session);
    }

    void unregister(ActorRef<PeerSync.Command> session) {
        sessions.remove(session);
    }
}
