package org.elohim.protocol.sim;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What must hold at each step, and in the end.
final class Invariants {
    private final World world;
    private final Map<Long, Long> lastPositions = new HashMap<>();
    private final Map<Long, Long> lastAcks = new HashMap<>();
    private final Set<Edit> acknowledged = new HashSet<>();

    private record Edit(DocumentId document, ContentHash hash) {}

    Invariants(World world) {
        this.world = world;
    }

    /// An app was told that its edit is safe.
    void editAcknowledged(DocumentId document, ContentHash hash) {
        acknowledged.add(new Edit(document, hash));
    }

    int edits() {
        return acknowledged.size();
    }

    /// A peer has acknowledged this entry: it must be on its disk at this moment.
    void entryAcknowledged(Replica peer, StreamEntry entry) {
        for (ContentHash hash : entry.hashes()) {
            check(
                    peer.has(entry.document(), hash),
                    peer + " acknowledged " + hash + " and has it not");
        }
    }

    void said(Replica from, Replica to, long connection, SyncMessage message) {
        long direction = connection * 100 + from.number;
        switch (message) {
            case SyncMessage.Events events -> {
                Long last = lastPositions.put(direction, events.lastPosition());
                check(
                        last == null || events.firstPosition() == last + 1,
                        "position " + events.firstPosition() + " follows " + last);
                events.events().forEach(event -> shown(to, event.document()));
            }
            case SyncMessage.Ack(long position, Tier _) -> {
                Long last = lastAcks.put(direction, position);
                check(last == null || position > last, "ack " + position + " follows " + last);
                Long sent = lastPositions.get(connection * 100 + to.number);
                check(sent != null && position <= sent, "ack " + position + " of " + sent);
            }
            case SyncMessage.Digests(var digests, boolean _) ->
                    digests.forEach(digest -> shown(to, digest.document()));
            case SyncMessage.Changes(var document, var changes) -> {
                if (!changes.isEmpty()) {
                    shown(to, document);
                }
            }
            case SyncMessage.Need(var document, var _, var _) -> shown(to, document);
            case SyncMessage.Failure(var text) -> throw new AssertionError(from + ": " + text);
            case SyncMessage.Refused refused -> throw new AssertionError(from + ": " + refused);
            case SyncMessage.Challenge _ ->
                    throw new AssertionError(from + " challenges within a session");
            case SyncMessage.Hello _,
                    SyncMessage.Compare _,
                    SyncMessage.Withdrawn _,
                    SyncMessage.Deleted _,
                    SyncMessage.Restored _ -> {}
        }
    }

    private void shown(Replica to, DocumentId document) {
        check(world.mayHold(to, document), to + " was shown " + document);
    }

    /// Everybody is up, has nothing left to do, and has the same.
    boolean settled() {
        return world.replicas.stream().allMatch(Replica::isIdle) && difference().isEmpty();
    }

    String difference() {
        for (Replica replica : world.replicas) {
            for (Replica other : world.replicas) {
                for (DocumentId document : world.shared) {
                    if (!replica.digest(document).equals(other.digest(document))) {
                        return replica + " and " + other + " differ in " + document;
                    }
                }
            }
            for (DocumentId document : world.nodesOnly) {
                Replica first = world.replicas.getFirst();
                if (replica.isNode && !replica.digest(document).equals(first.digest(document))) {
                    return replica + " and " + first + " differ in " + document;
                }
            }
        }
        return "";
    }

    void finallyHolds() {
        for (Replica replica : world.replicas) {
            for (Edit edit : acknowledged) {
                check(
                        !world.mayHold(replica, edit.document())
                                || replica.has(edit.document(), edit.hash()),
                        replica + " lost " + edit);
            }
            for (DocumentId document : world.nodesOnly) {
                check(replica.isNode || !replica.knows(document), replica + " holds " + document);
            }
            replica.checkPositions();
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
