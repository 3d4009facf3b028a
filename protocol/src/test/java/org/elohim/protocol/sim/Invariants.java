package org.elohim.protocol.sim;

import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Lane;
import org.elohim.protocol.sync.Limit;
import org.elohim.protocol.sync.StreamEntry;
import org.elohim.protocol.sync.SyncMessage;
import org.elohim.protocol.sync.Tier;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// What must hold at each step, and in the end.
///
/// Longer than a file should be: what one rule lets pass follows from what the others have noted.
final class Invariants {
    final CountedOn countedOn = new CountedOn(this);
    private final World world;
    private final Map<Long, Long> lastPositions = new HashMap<>();
    private final Map<Said, Long> lastAcks = new HashMap<>();
    private final Set<Edit> acknowledged = new HashSet<>();
    private long durables;
    private final Set<Refused> refused = new HashSet<>();
    // Not for a deletion: what is restored comes back.
    private final Set<ContentHash> refusedForGood = new HashSet<>();
    private final Set<RefusedMark> refusedMarks = new HashSet<>();
    // What a replica had on its disk before that was replaced by an older one.
    private final Set<Refused> forgotten = new HashSet<>();
    private final Set<RefusedMark> forgottenLives = new HashSet<>();
    private final Set<RefusedMark> forgottenRulings = new HashSet<>();

    private record Said(long direction, Tier tier) {}

    private record Edit(Replica author, DocumentId document, ContentHash hash) {}

    private record Refused(Replica by, ContentHash hash) {}

    private record RefusedMark(Replica of, DocumentId document) {}

    Invariants(World world) {
        this.world = world;
    }

    /// An app was told that its edit is safe.
    void editAcknowledged(Replica author, DocumentId document, ContentHash hash) {
        acknowledged.add(new Edit(author, document, hash));
    }

    int edits() {
        return acknowledged.size();
    }

    /// A peer has acknowledged this entry: it must be on its disk at this moment, or refused.
    void entryAcknowledged(Replica own, Replica peer, StreamEntry entry) {
        for (ContentHash hash : entry.hashes()) {
            Failure.unless(
                    peer.store.has(entry.document(), hash)
                            || refused.contains(new Refused(peer, hash))
                            || forgotten.contains(new Refused(peer, hash)),
                    Failure.Kind.LOST,
                    () -> peer + " acknowledged " + hash + " and has it not");
        }
        Failure.unless(
                peer.store.life(entry.document()) >= entry.life()
                        || refusedMarks.contains(new RefusedMark(own, entry.document()))
                        || (peer.isObserver && !own.isNode)
                        || forgottenLives.contains(new RefusedMark(peer, entry.document())),
                Failure.Kind.LOST,
                () -> peer + " acknowledged life " + entry.life() + " and knows nothing of it");
        Failure.unless(
                knows(peer, entry)
                        || forgottenRulings.contains(new RefusedMark(peer, entry.document())),
                Failure.Kind.LOST,
                () -> peer + " acknowledged " + entry.ruling() + " and knows nothing of it");
    }

    /// A device was told that its journal is durable up to these cursors: what it has brought to
    /// the node must at this moment lie with as many others as are wanted.
    void durable(Replica device, Replica teller, Map<Lane, Long> before, Map<Lane, Long> cursors) {
        List<StreamEntry> journal = device.store.entriesFrom(0, false);
        for (StreamEntry entry : journal) {
            boolean told =
                    entry.ordering() > before.getOrDefault(entry.lane(), 0L)
                            && isWithin(entry, cursors)
                            && !teller.id.equals(entry.origin())
                            && lives(device, teller, entry.document(), cursors);
            for (ContentHash hash : told ? entry.hashes() : List.<ContentHash>of()) {
                durables++;
                // What the teller does not have it has refused, or lost with its disk. What it has
                // refused for good may come to it from another node, later than it is passed over.
                boolean passedOver =
                        isGone(teller, hash)
                                && (refusedForGood.contains(hash)
                                        || !teller.store.has(entry.document(), hash));
                Failure.unless(
                        passedOver
                                || (teller.store.has(entry.document(), hash)
                                        && holders(device, teller, entry.document(), hash)
                                                >= world.durableNodes),
                        Failure.Kind.LOST,
                        () -> teller + " calls durable " + hash + " of " + device);
            }
        }
    }

    // Of what is deleted nothing is sent on; a restore, once it is heard of, offers all of it anew,
    // and is not within the cursors until that has arrived.
    private boolean lives(
            Replica device, Replica teller, DocumentId document, Map<Lane, Long> cursors) {
        return !device.store.isDeleted(document)
                && !isApart(device, document)
                && teller.store.life(document) <= device.store.life(document)
                && device.store.entriesFrom(0, false).stream()
                        .filter(entry -> entry.document().equals(document) && entry.life() > 0)
                        .allMatch(mark -> isWithin(mark, cursors));
    }

    private static boolean isWithin(StreamEntry entry, Map<Lane, Long> cursors) {
        return entry.ordering() <= cursors.getOrDefault(entry.lane(), 0L);
    }

    // Whose disk went back may have done so after it was counted, see [CountedOn]; whoever knows of
    // a
    // later life of the document than the device keeps what that says.
    private long holders(Replica device, Replica but, DocumentId document, ContentHash hash) {
        return world.replicas.stream()
                .filter(other -> other.isFull() && other != but)
                .filter(
                        other ->
                                other.store.has(document, hash)
                                        || other.store.life(document) > device.store.life(document)
                                        || forgotten.contains(new Refused(other, hash)))
                .count();
    }

    boolean hasForgotten(Replica replica, ContentHash hash) {
        return forgotten.contains(new Refused(replica, hash));
    }

    boolean hasForgottenLife(Replica replica, DocumentId document) {
        return forgottenLives.contains(new RefusedMark(replica, document));
    }

    boolean hasForgottenRuling(Replica replica, DocumentId document) {
        return forgottenRulings.contains(new RefusedMark(replica, document));
    }

    private boolean isGone(Replica node, ContentHash hash) {
        return refused.contains(new Refused(node, hash))
                || forgotten.contains(new Refused(node, hash));
    }

    long durables() {
        return durables;
    }

    /// Whether all that can be durable is called so; empty, or what is not.
    String unsafe() {
        return world.replicas.stream()
                .map(Replica::unsafe)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    private boolean knows(Replica peer, StreamEntry entry) {
        return peer.store.ruling(entry.document()).compareTo(entry.ruling()) >= 0;
    }

    /// A disk was restored from a backup. What lies nowhere else, or with an observer alone, is
    /// lost for good; all else has to come back, and whoever has it stands for it from now on.
    void forgotten(Replica replica, List<StreamEntry> entries) {
        countedOn.wentBack(replica);
        for (StreamEntry entry : entries) {
            entry.hashes().forEach(hash -> forgotten.add(new Refused(replica, hash)));
            if (entry.kind() == StreamEntry.Kind.RULED) {
                forgottenRulings.add(new RefusedMark(replica, entry.document()));
            }
            if (entry.life() > 0) {
                forgottenLives.add(new RefusedMark(replica, entry.document()));
            }
        }
        for (Edit edit : List.copyOf(acknowledged)) {
            if (!edit.author().store.has(edit.document(), edit.hash())) {
                acknowledged.remove(edit);
                world.replicas.stream()
                        .filter(other -> !other.isObserver)
                        .filter(other -> other.store.has(edit.document(), edit.hash()))
                        .findFirst()
                        .ifPresent(
                                other ->
                                        acknowledged.add(
                                                new Edit(other, edit.document(), edit.hash())));
            }
        }
    }

    /// Nothing of a document goes to who may not have it, from the moment the sender knows.
    void sends(Replica from, Replica to, SyncMessage message) {
        List<DocumentId> shown =
                switch (message) {
                    case SyncMessage.Events events ->
                            events.events().stream().map(SyncMessage.Event::document).toList();
                    case SyncMessage.Digests(var digests, boolean _) ->
                            digests.stream().map(SyncMessage.Digest::document).toList();
                    case SyncMessage.Changes(var document, var changes) ->
                            changes.isEmpty() ? List.of() : List.of(document);
                    case SyncMessage.Deleted deleted -> List.of(deleted.document());
                    case SyncMessage.Restored restored -> List.of(restored.document());
                    case SyncMessage.Ruled ruled -> {
                        // It also tells an observer that a document has left its part.
                        shown(to, ruled.document());
                        yield to.isObserver ? List.of() : List.of(ruled.document());
                    }
                    case SyncMessage.Refused told -> {
                        refused(from, to, told);
                        yield List.of();
                    }
                    case SyncMessage.Challenge _,
                            SyncMessage.Hello _,
                            SyncMessage.Compare _,
                            SyncMessage.Need _,
                            SyncMessage.Ack _,
                            SyncMessage.Level _,
                            SyncMessage.Obstacle _,
                            SyncMessage.Standing _,
                            SyncMessage.Withdrawn _,
                            SyncMessage.Failure _ ->
                            List.of();
                };
        for (DocumentId document : shown) {
            Failure.unless(
                    from.allows(to, document),
                    Failure.Kind.BROKEN,
                    () -> from + " shows " + to + " " + document + ": " + message);
        }
    }

    private void refused(Replica from, Replica to, SyncMessage.Refused told) {
        told.hashes().forEach(hash -> refused.add(new Refused(from, hash)));
        // What an observer does not take goes to a full node all the same.
        if (!from.isObserver
                && told.limit() != Limit.DOCUMENT_DELETED
                && told.limit() != Limit.WITHHELD) {
            refusedForGood.addAll(told.hashes());
        }
        if (told.hashes().isEmpty() && !from.isObserver) {
            refusedMarks.add(new RefusedMark(to, told.document()));
        }
        boolean betweenNodes = from.isNode && to.isNode;
        boolean expected =
                switch (told.limit()) {
                    case DOCUMENT_DELETED, WITHHELD -> true;
                    case REACH, DOCUMENT_BYTES, DOCUMENT_CHANGES, BEHIND_REFUSED -> !betweenNodes;
                    case SEQUENCE, ENTANGLED, UNREADABLE -> false;
                };
        Failure.unless(expected, Failure.Kind.BROKEN, () -> from + " tells " + to + " " + told);
    }

    /// A message has arrived. What a faulty connection brings proves nothing against the sender.
    void said(Replica from, Replica to, long connection, SyncMessage message) {
        if (message instanceof SyncMessage.Hello hello && hello.streamRun() == from.run()) {
            countedOn.heard(to, from);
        }
        if (world.network.isFaulty(connection)) {
            return;
        }
        long direction = connection * 100 + from.number;
        switch (message) {
            case SyncMessage.Events events -> {
                numbered(direction, events.firstPosition(), events.lastPosition());
                events.events().forEach(event -> shown(to, event.document()));
            }
            case SyncMessage.Ack(long position, Tier tier) -> {
                Long last = lastAcks.put(new Said(direction, tier), position);
                holds(
                        last == null || position > last,
                        () -> "ack " + position + " follows " + last);
                Long sent = lastPositions.get(connection * 100 + to.number);
                // What was sent over an earlier connection may become safer now.
                holds(
                        tier != Tier.ACCEPTED || (sent != null && position <= sent),
                        () -> "ack " + position + " of " + sent);
            }
            case SyncMessage.Digests(var digests, boolean _) ->
                    digests.forEach(digest -> shown(to, digest.document()));
            case SyncMessage.Changes(var document, var changes) -> {
                if (!changes.isEmpty()) {
                    shown(to, document);
                }
            }
            case SyncMessage.Need(var document, var _, var _) -> shown(to, document);
            case SyncMessage.Withdrawn(long position, var document) -> {
                numbered(direction, position, position);
                shown(to, document);
            }
            case SyncMessage.Deleted(long position, var document, long _) -> {
                numbered(direction, position, position);
                shown(to, document);
            }
            case SyncMessage.Restored(long position, var document, long _) -> {
                numbered(direction, position, position);
                shown(to, document);
            }
            case SyncMessage.Ruled(long position, var document, var _, long _) -> {
                numbered(direction, position, position);
                holds(from.isNode && to.isNode, () -> to + " was told of a ruling on " + document);
            }
            case SyncMessage.Failure(var text) -> holds(false, () -> from + ": " + text);
            case SyncMessage.Challenge _ ->
                    holds(false, () -> from + " challenges within a session");
            case SyncMessage.Hello _,
                    SyncMessage.Compare _,
                    SyncMessage.Level _,
                    SyncMessage.Obstacle _,
                    SyncMessage.Refused _ -> {}
            case SyncMessage.Standing _ ->
                    holds(from.isNode && to.isNode, () -> to + " is told how " + from + " stands");
        }
    }

    private void numbered(long direction, long first, long last) {
        Long before = lastPositions.put(direction, last);
        holds(
                before == null || first == before + 1,
                () -> "position " + first + " follows " + before);
    }

    private void shown(Replica to, DocumentId document) {
        holds(world.mayEverHold(to, document), () -> to + " was shown " + document);
    }

    /// Everybody is up and has nothing left to do.
    boolean isQuiet() {
        return world.replicas.stream().allMatch(Replica::isIdle);
    }

    /// Whether everybody has what all should have; empty, or where two differ.
    String difference() {
        Replica node = world.replicas.getFirst();
        for (Replica replica : world.replicas) {
            for (DocumentId document : world.shared) {
                if (world.mayHold(replica, document) && !isApart(replica, document)) {
                    String differing = difference(node, replica, document);
                    if (!differing.isEmpty()) {
                        return differing;
                    }
                }
            }
            for (DocumentId document : world.nodesOnly) {
                String differing = replica.isFull() ? difference(node, replica, document) : "";
                if (!differing.isEmpty()) {
                    return differing;
                }
            }
        }
        return "";
    }

    // Nobody takes from an observer what all others have lost with their disks.
    private boolean keepsLost(Replica replica, Predicate<Replica> lost) {
        return replica.isObserver && world.replicas.stream().anyMatch(lost);
    }

    private boolean keepsLostLife(Replica node, Replica replica, DocumentId document) {
        return replica.store.life(document) > node.store.life(document)
                && keepsLost(replica, other -> hasForgottenLife(other, document));
    }

    private boolean keepsLostRuling(Replica node, Replica replica, DocumentId document) {
        return replica.store.ruling(document).compareTo(node.store.ruling(document)) > 0
                && keepsLost(replica, other -> hasForgottenRuling(other, document));
    }

    private String difference(Replica node, Replica replica, DocumentId document) {
        if (keepsLostLife(node, replica, document)) {
            return "";
        }
        String where = replica + " and " + node + " differ in " + document + ": ";
        if (node.store.life(document) != replica.store.life(document)) {
            return where + replica.store.life(document) + " and " + node.store.life(document);
        }
        if (replica.isNode
                && !node.store.ruling(document).equals(replica.store.ruling(document))
                && !keepsLostRuling(node, replica, document)) {
            return where + replica.store.ruling(document) + " and " + node.store.ruling(document);
        }
        if (node.store.isDeleted(document)
                || node.store.digest(document).equals(replica.store.digest(document))) {
            return "";
        }
        Set<ContentHash> lacking = node.store.all(document);
        lacking.removeAll(replica.store.all(document));
        Set<ContentHash> more = replica.store.all(document);
        more.removeAll(node.store.all(document));
        // A device keeps what was refused, and whatever it has built on that.
        if (!replica.isNode) {
            more.removeAll(refusedForGood);
        }
        more.removeIf(hash -> keepsLost(replica, other -> hasForgotten(other, hash)));
        return lacking.isEmpty() && more.isEmpty()
                ? ""
                : where + "lacks " + lacking + ", has beyond it " + more;
    }

    /// A device that was told that its deletion or restore does not count keeps it to itself.
    private boolean isApart(Replica replica, DocumentId document) {
        return !replica.isNode && refusedMarks.contains(new RefusedMark(replica, document));
    }

    void finallyHolds() {
        Replica node = world.replicas.getFirst();
        for (Edit edit : acknowledged) {
            DocumentId document = edit.document();
            boolean there = edit.author().store.has(document, edit.hash());
            Failure.unless(there, Failure.Kind.LOST, () -> edit.author() + " lost " + edit);
            boolean expected =
                    world.mayHold(edit.author(), document)
                            && !isApart(edit.author(), document)
                            && !refusedForGood.contains(edit.hash())
                            && !node.store.isDeleted(document);
            // All others have what this node has.
            Failure.unless(
                    !expected || node.store.has(document, edit.hash()),
                    Failure.Kind.LOST,
                    () -> node + " lacks " + edit);
        }
        for (Replica replica : world.replicas) {
            for (DocumentId document : world.nodesOnly) {
                Failure.unless(
                        replica.isFull() || replica.store.all(document).isEmpty(),
                        Failure.Kind.BROKEN,
                        () -> replica + " holds " + document);
            }
            replica.checkPositions();
        }
    }

    private static void holds(boolean holds, Supplier<String> what) {
        Failure.unless(holds, Failure.Kind.BROKEN, what);
    }
}
