package org.elohim.protocol.family;

import org.elohim.protocol.id.NodeId;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// Where others of the family may be found, and whom of them to ask or to call next.
///
/// Invariants: of two nodes the one with the lower id calls, so they never greet each other
/// crosswise; one question or call at a time for each address; where nobody answers it is tried
/// less and less often, and given up only where another address needs its place and nobody is lost
/// with it; whoever was met and is not in our cluster is asked at an even pace; no more addresses
/// are kept than a family needs, and of no node more than one can be at.
///
/// Asking does two things: it tells who is there, and lets that one know where we are. So it is
/// enough that one of two knows the other's address.
public final class Acquaintances {
    /// A family of hundreds of blades is none.
    public static final int ADDRESSES_MAX = 256;

    /// Of one node. Where a provider gives it another address each day, those of last week lead
    /// nowhere.
    public static final int NODE_ADDRESSES_MAX = 8;

    /// Of those that were only heard of.
    static final int HEARD_MAX = 64;

    static final long PAUSE_MILLIS_MIN = 1_000;
    static final long PAUSE_MILLIS_MAX = 30_000;
    // An answer or a connection that takes longer does not come.
    static final long PATIENCE_MILLIS = 10_000;

    private final NodeId self;
    // Nothing as long as nobody has told.
    private Optional<Set<NodeId>> within = Optional.empty();
    private final Map<Address, Acquaintance> known = new LinkedHashMap<>();
    private final Map<NodeId, Integer> connections = new HashMap<>();

    /// What is to be done.
    public sealed interface Step {
        Address address();

        /// Who is there? Answered by `answered` or `failed`.
        record Ask(Address address) implements Step {}

        /// Connect; answered by `met` or `failed`.
        record Call(Address address) implements Step {}
    }

    /// How it stands with one address.
    ///
    /// @param node who was there last, as far as anybody ever was
    /// @param trouble why it could not be reached the last time, empty where it could
    public record Found(
            Address address, Optional<NodeId> node, boolean connected, String trouble) {}

    private static final class Acquaintance {
        // Nobody whom we trust has named it.
        private final boolean isHearsay;
        private Optional<NodeId> node = Optional.empty();
        private String trouble = "";
        // Since when nobody answers, whether or not the node is connected by now; 0 where somebody
        // does.
        private long failingSinceMillis;
        private long answeredMillis;
        // It has asked itself because it misses us in its cluster.
        private boolean wondered;
        private long nextMillis;
        // Not even asked back before that.
        private long restsUntilMillis;
        private long pauseMillis = PAUSE_MILLIS_MIN;
        // Since when something is under way; 0 where nothing is.
        private long busyMillis;

        Acquaintance(boolean isHearsay) {
            this.isHearsay = isHearsay;
        }

        private boolean isUnproved() {
            return isHearsay && node.isEmpty();
        }

        private boolean isFailing() {
            return failingSinceMillis > 0;
        }

        // Since when it has been of no use.
        private long idleSinceMillis() {
            return isFailing() ? failingSinceMillis : answeredMillis;
        }
    }

    private static final Comparator<Acquaintance> LEAST_OF_USE =
            Comparator.comparing((Acquaintance each) -> each.busyMillis > 0)
                    .thenComparing(each -> !each.isFailing())
                    .thenComparingLong(Acquaintance::idleSinceMillis);

    public Acquaintances(NodeId self) {
        this.self = self;
    }

    /// Somebody may be there. Says whether that was not known before, and is worth remembering.
    public boolean mayBeAt(Address address) {
        if (known.containsKey(address) || !hasRoom()) {
            return false;
        }
        known.put(address, new Acquaintance(false));
        return true;
    }

    /// Whether somebody may be there, as far as was said and not taken back.
    public boolean knows(Address address) {
        return known.containsKey(address);
    }

    /// Somebody may be there, as anybody can say who is in the same network. Such an address makes
    /// room for another once it was tried in vain; what is known better does so last.
    public boolean heardOf(Address address) {
        if (known.containsKey(address)) {
            return false;
        }
        long unproved = known.values().stream().filter(Acquaintance::isUnproved).count();
        if (unproved >= HEARD_MAX ? !letGo(heardInVain()) : !hasRoom()) {
            return false;
        }
        known.put(address, new Acquaintance(true));
        return true;
    }

    private boolean hasRoom() {
        return known.size() < ADDRESSES_MAX || letGo(heardInVain().or(this::longestInVain));
    }

    private boolean letGo(Optional<Address> address) {
        address.ifPresent(known::remove);
        return address.isPresent();
    }

    private Optional<Address> heardInVain() {
        return known.entrySet().stream()
                .filter(each -> each.getValue().isUnproved())
                .filter(each -> each.getValue().busyMillis == 0)
                .filter(each -> !each.getValue().trouble.isEmpty())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    // Nobody was ever met there, or whoever was can be looked for at another address.
    private Optional<Address> longestInVain() {
        return known.entrySet().stream()
                .filter(each -> each.getValue().busyMillis == 0 && each.getValue().isFailing())
                .filter(each -> each.getValue().node.map(node -> places(node) > 1).orElse(true))
                .min(Comparator.comparingLong(each -> each.getValue().failingSinceMillis))
                .map(Map.Entry::getKey);
    }

    private long places(NodeId node) {
        return known.values().stream().filter(each -> each.node.equals(Optional.of(node))).count();
    }

    // Whoever was just met there has proved it; of the others the one that was longest of no use
    // goes. Not one at which something is under way, as long as there is another.
    private void keepFew(NodeId node, Address here) {
        if (places(node) > NODE_ADDRESSES_MAX) {
            known.entrySet().stream()
                    .filter(each -> each.getValue().node.equals(Optional.of(node)))
                    .filter(each -> !each.getKey().equals(here))
                    .min(Map.Entry.comparingByValue(LEAST_OF_USE))
                    .map(Map.Entry::getKey)
                    .ifPresent(known::remove);
        }
    }

    /// These are of our own cluster, and can be reached there. Others that were met are asked again
    /// and again, also those that are connected: only by their answers it is known what became of
    /// them, and the sooner the better.
    public void within(Set<NodeId> nodes, long nowMillis) {
        within = Optional.of(Set.copyOf(nodes));
        for (Acquaintance each : known.values()) {
            if (isApart(each)) {
                each.nextMillis = Math.min(each.nextMillis, nowMillis + PAUSE_MILLIS_MIN);
            }
        }
    }

    /// Whether the node that was met there is not seen in our cluster.
    public boolean isApart(Address address) {
        Acquaintance acquaintance = known.get(address);
        return acquaintance != null && isApart(acquaintance);
    }

    /// Somebody has asked who does not see us in its cluster. It is asked as well, though we may
    /// see it in ours: one of us is mistaken. Not at once, where it was asked a moment ago: two
    /// that miss each other would do nothing else any more.
    public void wondered(Address address) {
        Acquaintance acquaintance = known.get(address);
        if (acquaintance != null) {
            acquaintance.wondered = true;
        }
    }

    private boolean isApart(Acquaintance acquaintance) {
        return within.isPresent()
                && acquaintance.node.isPresent()
                && !acquaintance.node.get().equals(self)
                && !within.get().contains(acquaintance.node.get());
    }

    /// What is due by now. Time begins above 0.
    public List<Step> due(long nowMillis) {
        var steps = new ArrayList<Step>();
        known.forEach(
                (address, each) -> {
                    if (each.busyMillis > 0 && nowMillis - each.busyMillis >= PATIENCE_MILLIS) {
                        failed(address, "no answer", nowMillis);
                    }
                    if (each.busyMillis == 0 && isDue(each, nowMillis)) {
                        each.wondered = false;
                        each.busyMillis = nowMillis;
                        each.restsUntilMillis = nowMillis + PAUSE_MILLIS_MIN;
                        each.nextMillis = each.restsUntilMillis;
                        steps.add(new Step.Ask(address));
                    }
                });
        return steps;
    }

    private boolean isDue(Acquaintance each, long nowMillis) {
        if (each.wondered && nowMillis >= each.restsUntilMillis) {
            return true;
        }
        return nowMillis >= each.nextMillis
                && (each.node.filter(this::isHere).isEmpty() || isApart(each));
    }

    /// Whoever is not here is to be asked at once, however long nobody answered.
    public void hurry() {
        known.values()
                .forEach(
                        each -> {
                            each.nextMillis = 0;
                            each.pauseMillis = PAUSE_MILLIS_MIN;
                        });
    }

    /// This node is at that address. Says what follows at once.
    public Optional<Step> answered(Address address, NodeId node, long nowMillis) {
        Acquaintance acquaintance = known.get(address);
        if (acquaintance == null || acquaintance.busyMillis == 0) {
            return Optional.empty();
        }
        acquaintance.node = Optional.of(node);
        acquaintance.trouble = "";
        acquaintance.failingSinceMillis = 0;
        acquaintance.answeredMillis = nowMillis;
        keepFew(node, address);
        if (self.compareTo(node) < 0 && !isHere(node) && !isCalled(node, address)) {
            acquaintance.busyMillis = nowMillis;
            return Optional.of(new Step.Call(address));
        }
        rest(acquaintance, nowMillis);
        return Optional.empty();
    }

    // Another address of the same node.
    private boolean isCalled(NodeId node, Address but) {
        return known.entrySet().stream()
                .anyMatch(
                        each ->
                                !each.getKey().equals(but)
                                        && each.getValue().busyMillis > 0
                                        && each.getValue().node.equals(Optional.of(node)));
    }

    /// It could not be asked or called.
    public void failed(Address address, String trouble, long nowMillis) {
        Acquaintance acquaintance = known.get(address);
        if (acquaintance != null && acquaintance.busyMillis > 0) {
            acquaintance.trouble = trouble;
            if (!acquaintance.isFailing()) {
                acquaintance.failingSinceMillis = nowMillis;
            }
            rest(acquaintance, nowMillis);
        }
    }

    private void rest(Acquaintance acquaintance, long nowMillis) {
        acquaintance.busyMillis = 0;
        acquaintance.restsUntilMillis = nowMillis + PAUSE_MILLIS_MIN;
        acquaintance.nextMillis =
                nowMillis + (isApart(acquaintance) ? PAUSE_MILLIS_MIN : acquaintance.pauseMillis);
        acquaintance.pauseMillis = Math.min(PAUSE_MILLIS_MAX, 2 * acquaintance.pauseMillis);
    }

    /// A connection with this node was opened, by whomever.
    public void met(NodeId node) {
        connections.merge(node, 1, Integer::sum);
        for (Acquaintance each : known.values()) {
            if (each.node.equals(Optional.of(node))) {
                each.busyMillis = 0;
                each.pauseMillis = PAUSE_MILLIS_MIN;
                each.trouble = "";
            }
        }
    }

    /// A connection with this node has ended. What was reached a moment ago is worth asking soon.
    public void left(NodeId node, long nowMillis) {
        connections.computeIfPresent(node, (_, count) -> count == 1 ? null : count - 1);
        for (Acquaintance each : known.values()) {
            if (each.node.equals(Optional.of(node)) && each.busyMillis == 0) {
                each.pauseMillis = PAUSE_MILLIS_MIN;
                each.nextMillis = nowMillis + PAUSE_MILLIS_MIN;
            }
        }
    }

    /// This node is none of the family any more. Returns where it was; somebody else who is met
    /// there is as welcome as anywhere.
    ///
    /// @param remembered where it was met before this process began
    public List<Address> forget(NodeId node, Set<Address> remembered) {
        List<Address> places =
                known.entrySet().stream()
                        .filter(
                                each ->
                                        each.getValue()
                                                .node
                                                .map(node::equals)
                                                .orElse(remembered.contains(each.getKey())))
                        .map(Map.Entry::getKey)
                        .toList();
        places.forEach(known::remove);
        return places;
    }

    private boolean isHere(NodeId node) {
        return node.equals(self) || connections.containsKey(node);
    }

    /// Everybody who is connected.
    public boolean isConnected(NodeId node) {
        return connections.containsKey(node);
    }

    /// What is known, by address; not of ourselves.
    public List<Found> all() {
        SortedMap<String, Found> all = new TreeMap<>();
        known.forEach(
                (address, each) -> {
                    if (!each.node.equals(Optional.of(self))) {
                        all.put(
                                address.toString(),
                                new Found(
                                        address,
                                        each.node,
                                        each.node.filter(this::isConnected).isPresent(),
                                        each.trouble));
                    }
                });
        return List.copyOf(all.values());
    }

    void checkInvariants() {
        if (known.size() > ADDRESSES_MAX) {
            throw new IllegalStateException("addresses=" + known.size());
        }
        known.values().stream()
                .flatMap(each -> each.node.stream())
                .filter(node -> places(node) > NODE_ADDRESSES_MAX)
                .findFirst()
                .ifPresent(
                        node -> {
                            throw new IllegalStateException(
                                    "addresses of " + node + "=" + places(node));
                        });
        known.forEach(
                (address, each) -> {
                    boolean calling = each.busyMillis > 0 && each.node.isPresent();
                    if (calling && within.isEmpty() && each.node.filter(this::isHere).isPresent()) {
                        throw new IllegalStateException("busy with who is here: " + address);
                    }
                });
        connections.forEach(
                (node, count) -> {
                    if (count < 1 || Objects.equals(node, self)) {
                        throw new IllegalStateException("connections of " + node + "=" + count);
                    }
                });
    }
}
