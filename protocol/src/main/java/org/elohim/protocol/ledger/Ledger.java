package org.elohim.protocol.ledger;

import org.elohim.protocol.family.Term;
import org.elohim.protocol.id.ContentHash;
import org.elohim.protocol.id.NodeId;
import org.elohim.protocol.ledger.LedgerEntry.DeviceRegistered;
import org.elohim.protocol.ledger.LedgerEntry.DeviceSeen;
import org.elohim.protocol.ledger.LedgerEntry.NodeGone;
import org.elohim.protocol.ledger.LedgerEntry.NodeMet;
import org.elohim.protocol.ledger.LedgerEntry.TokenIssued;
import org.elohim.protocol.ledger.LedgerEntry.TokenRevoked;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What all entries of the ledger say together, as one node sees it.
///
/// Invariants: it follows from the set of changes alone, whatever their order and however often
/// each comes; a revocation wins over every issue of the same token, for ever; of a device's
/// registrations the one of the highest term stands; a node is gone from the end of its last life
/// until it is met in the next; nothing that was let in for others is refused here, so there are no
/// limits.
///
/// Only nodes count as authors: this one, and whom an author that counts has met. A device's key is
/// of the same kind as a node's, and a device may have written to this document at a node of a
/// version that did not know what it is for.
public final class Ledger {
    private static final Comparator<TokenIssued> FIRST_ISSUE =
            Comparator.comparingLong(TokenIssued::atMillis)
                    .thenComparing(TokenIssued::label)
                    .thenComparing(issued -> issued.scopes().toString());

    private static final Comparator<Optional<ContentHash>> TOKEN =
            Comparator.comparing(token -> token.map(ContentHash::toString).orElse(""));

    private static final Comparator<Asked> FIRST_ASKED =
            Comparator.<Asked>comparingLong(asked -> asked.seen().atMillis())
                    .thenComparing(Asked::by)
                    .thenComparing(asked -> asked.seen().label())
                    .thenComparing(asked -> asked.seen().token(), TOKEN);

    // The highest term first. A leader that has forgotten what it wrote may write twice in one.
    private static final Comparator<DeviceRegistered> STANDING =
            Comparator.comparing(DeviceRegistered::term, Comparator.reverseOrder())
                    .thenComparingLong(DeviceRegistered::atMillis)
                    .thenComparing(DeviceRegistered::label)
                    .thenComparing(DeviceRegistered::token, TOKEN);

    private final Set<NodeId> nodes = new HashSet<>();
    private final Map<NodeId, Map<ContentHash, List<LedgerEntry>>> ofStrangers = new HashMap<>();
    private final Set<ContentHash> unreadable = new HashSet<>();
    private final Set<ContentHash> usurping = new HashSet<>();
    private final Map<ContentHash, TokenIssued> issued = new HashMap<>();
    private final Map<ContentHash, Long> revoked = new HashMap<>();
    private final Map<NodeId, Asked> asked = new HashMap<>();
    private final Map<NodeId, DeviceRegistered> registered = new HashMap<>();
    private final Map<NodeId, Long> lives = new HashMap<>();
    private final Map<NodeId, Long> ended = new HashMap<>();

    private record Asked(DeviceSeen seen, NodeId by) {}

    /// A device that was seen, registered by now or not.
    ///
    /// @param by the node that has seen it first, where that is known
    public record Device(
            NodeId id,
            Optional<ContentHash> token,
            String label,
            Optional<NodeId> by,
            Optional<Registration> registration) {}

    /// By whom a device was registered, in which term, and when by that leader's clock.
    public record Registration(Term term, long atMillis) {}

    /// All of it, to be compared.
    ///
    /// @param ignored how many changes do not count, or hold what may not be said by their author
    public record State(
            Set<NodeId> nodes,
            Map<ContentHash, TokenIssued> issued,
            Map<ContentHash, Long> revoked,
            List<Device> devices,
            Set<NodeId> gone,
            int ignored) {
        public State {
            nodes = Set.copyOf(nodes);
            issued = Map.copyOf(issued);
            revoked = Map.copyOf(revoked);
            devices = List.copyOf(devices);
            gone = Set.copyOf(gone);
        }
    }

    /// The ledger of this node, which trusts itself.
    public Ledger(NodeId self) {
        nodes.add(self);
    }

    /// Takes in a change, at any time and as often as one likes.
    public void add(LedgerChange change) {
        switch (change.said()) {
            case LedgerChange.Said.Nothing _ -> unreadable.add(change.hash());
            case LedgerChange.Said.Entries(var entries, int _) -> {
                if (nodes.contains(change.author())) {
                    take(change.author(), change.hash(), entries);
                } else {
                    ofStrangers
                            .computeIfAbsent(change.author(), _ -> new LinkedHashMap<>())
                            .put(change.hash(), entries);
                }
            }
        }
    }

    private void take(NodeId author, ContentHash change, List<LedgerEntry> entries) {
        Deque<NodeId> met = new ArrayDeque<>();
        entries.forEach(entry -> take(author, change, entry, met));
        while (!met.isEmpty()) {
            NodeId node = met.remove();
            if (nodes.add(node)) {
                var waiting = ofStrangers.remove(node);
                if (waiting != null) {
                    waiting.forEach(
                            (hash, those) -> those.forEach(entry -> take(node, hash, entry, met)));
                }
            }
        }
    }

    private void take(NodeId author, ContentHash change, LedgerEntry entry, Deque<NodeId> met) {
        switch (entry) {
            case NodeMet(var node, long life) -> {
                met.add(node);
                lives.merge(node, life, Math::max);
            }
            case NodeGone(var node, long life) -> ended.merge(node, life, Math::max);
            case TokenIssued each -> {
                if (!revoked.containsKey(each.hash())) {
                    issued.merge(each.hash(), each, Ledger::firstIssue);
                }
            }
            case TokenRevoked(var hash, long at) -> {
                issued.remove(hash);
                revoked.merge(hash, at, Math::min);
            }
            case DeviceSeen each ->
                    asked.merge(each.device(), new Asked(each, author), Ledger::firstAsked);
            case DeviceRegistered each -> {
                if (each.term().leader().equals(author)) {
                    registered.merge(each.device(), each, Ledger::standing);
                } else {
                    usurping.add(change);
                }
            }
        }
    }

    private static TokenIssued firstIssue(TokenIssued one, TokenIssued other) {
        return FIRST_ISSUE.compare(one, other) <= 0 ? one : other;
    }

    private static Asked firstAsked(Asked one, Asked other) {
        return FIRST_ASKED.compare(one, other) <= 0 ? one : other;
    }

    private static DeviceRegistered standing(DeviceRegistered one, DeviceRegistered other) {
        return STANDING.compare(one, other) <= 0 ? one : other;
    }

    /// Whether what this node writes counts here.
    public boolean counts(NodeId node) {
        return nodes.contains(node);
    }

    /// How many nodes count.
    public int nodes() {
        return nodes.size();
    }

    /// Whether this node has gone for good, and has not been met since.
    public boolean isGone(NodeId node) {
        return ended.getOrDefault(node, -1L) >= life(node);
    }

    private long life(NodeId node) {
        return lives.getOrDefault(node, 0L);
    }

    /// All that have.
    public SortedSet<NodeId> gone() {
        return ended.keySet().stream()
                .filter(this::isGone)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// What is to be written where it goes for good now.
    public NodeGone going(NodeId node) {
        return new NodeGone(node, Math.min(life(node), LedgerEntry.LIFE_MAX - 1));
    }

    /// What is to be written where it was met now, if anything.
    public Optional<NodeMet> meeting(NodeId node) {
        if (isGone(node)) {
            return Optional.of(new NodeMet(node, 1 + ended.getOrDefault(node, -1L)));
        }
        return counts(node) ? Optional.empty() : Optional.of(new NodeMet(node));
    }

    /// The token as it was issued, unless it was revoked.
    public Optional<TokenIssued> issued(ContentHash token) {
        return Optional.ofNullable(issued.get(token));
    }

    public boolean isRevoked(ContentHash token) {
        return revoked.containsKey(token);
    }

    Collection<TokenIssued> allIssued() {
        return issued.values();
    }

    Map<ContentHash, Long> allRevoked() {
        return revoked;
    }

    /// Whether some node has asked that this device be registered, or that has happened.
    public boolean knows(NodeId device) {
        return asked.containsKey(device) || registered.containsKey(device);
    }

    /// The devices in the order of their ids.
    public List<Device> devices() {
        var ids = new TreeMap<NodeId, Device>();
        asked.forEach(
                (id, each) ->
                        ids.put(
                                id,
                                new Device(
                                        id,
                                        each.seen().token(),
                                        each.seen().label(),
                                        Optional.of(each.by()),
                                        Optional.empty())));
        registered.forEach(
                (id, each) ->
                        ids.put(
                                id,
                                new Device(
                                        id,
                                        each.token(),
                                        each.label(),
                                        Optional.ofNullable(asked.get(id)).map(Asked::by),
                                        Optional.of(
                                                new Registration(each.term(), each.atMillis())))));
        return List.copyOf(ids.values());
    }

    /// What a leader in this term has to write: the registrations that were asked for and that no
    /// leader has written. Of two that act while they are apart the one with the higher term stands
    /// once they meet.
    public List<DeviceRegistered> due(Term acting, long nowMillis) {
        var due = new ArrayList<DeviceRegistered>();
        asked.forEach(
                (id, each) -> {
                    if (!registered.containsKey(id)) {
                        due.add(
                                new DeviceRegistered(
                                        id,
                                        each.seen().token(),
                                        each.seen().label(),
                                        nowMillis,
                                        acting));
                    }
                });
        due.sort(Comparator.comparing(DeviceRegistered::device));
        return List.copyOf(due);
    }

    /// How many changes do not count, or hold what may not be said by their author.
    public int ignored() {
        return unreadable.size()
                + usurping.size()
                + ofStrangers.values().stream().mapToInt(Map::size).sum();
    }

    public State state() {
        return new State(nodes, issued, revoked, devices(), gone(), ignored());
    }
}
