package org.elohim.cluster.family;

import akka.actor.typed.javadsl.ActorContext;
import akka.cluster.Cluster;
import akka.cluster.ClusterEvent;
import akka.cluster.ClusterReadView;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.Reachability;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Subscribe;

import org.elohim.protocol.family.Membership;
import org.elohim.protocol.family.Membership.Blind;
import org.elohim.protocol.family.Membership.Part;
import org.elohim.protocol.id.NodeId;

import scala.jdk.javaapi.CollectionConverters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The cluster as Akka shows it at one moment, in the family's words.
///
/// Invariants: of several processes of one node only the youngest is a member; whoever is being
/// removed, or has not been taken in, is none.
///
/// Who does not see whom stands in Akka's read view only. That is private in Scala and public in
/// byte code; the events tell no more than whom somebody does not see.
///
/// @param membership nothing while this node belongs to no cluster
/// @param members of the family, each with its place in the cluster
/// @param outlived processes of nodes that have come back as another one
/// @param blindHere whom this node itself does not hear
/// @param somebodyWaits whether somebody is not taken in yet
record ClusterSight(
        MemberStatus ownStatus,
        Optional<Membership> membership,
        Map<NodeId, Seen> members,
        List<UniqueAddress> outlived,
        Set<UniqueAddress> blindHere,
        boolean somebodyWaits) {
    private static final Set<MemberStatus> PRESENT =
            Set.of(MemberStatus.up(), MemberStatus.weaklyUp(), MemberStatus.leaving());
    private static final Set<MemberStatus> WAITING =
            Set.of(MemberStatus.joining(), MemberStatus.weaklyUp());

    /// One process of a node.
    record Seen(UniqueAddress process, Part part, MemberStatus status) {
        String name() {
            return ClusterSight.name(process);
        }
    }

    static String name(UniqueAddress process) {
        return process.address() + "#" + Long.toUnsignedString(process.longUid());
    }

    /// Has an actor told of each change: now, and as long as it lives.
    static <T> void onChange(ActorContext<T> context, T message) {
        var subscriptions = akka.cluster.typed.Cluster.get(context.getSystem()).subscriptions();
        subscriptions.tell(
                Subscribe.create(
                        context.messageAdapter(ClusterEvent.MemberEvent.class, _ -> message),
                        ClusterEvent.MemberEvent.class));
        subscriptions.tell(
                Subscribe.create(
                        context.messageAdapter(ClusterEvent.ReachabilityEvent.class, _ -> message),
                        ClusterEvent.ReachabilityEvent.class));
    }

    static ClusterSight of(Cluster cluster, NodeId self) {
        ClusterReadView view = cluster.readView();
        UniqueAddress own = cluster.selfUniqueAddress();
        Map<NodeId, List<Member>> processes = new HashMap<>();
        boolean somebodyWaits = false;
        for (Member member : view.state().getMembers()) {
            somebodyWaits |= WAITING.contains(member.status());
            if (PRESENT.contains(member.status()) || isJoining(member)) {
                Roles.node(member.getRoles())
                        .ifPresent(
                                node ->
                                        processes
                                                .computeIfAbsent(node, _ -> new ArrayList<>())
                                                .add(member));
            }
        }
        Map<NodeId, Seen> members = new HashMap<>();
        List<UniqueAddress> outlived = new ArrayList<>();
        processes.forEach(
                (node, all) -> {
                    Member youngest = youngest(all, own);
                    all.stream()
                            .filter(each -> !each.equals(youngest))
                            .forEach(each -> outlived.add(each.uniqueAddress()));
                    if (PRESENT.contains(youngest.status())) {
                        members.put(
                                node,
                                new Seen(
                                        youngest.uniqueAddress(),
                                        Roles.part(youngest.getRoles()),
                                        youngest.status()));
                    }
                });
        Reachability reachability = view.reachability();
        return new ClusterSight(
                view.self().status(),
                members.containsKey(self)
                        ? Optional.of(membership(self, members, reachability))
                        : Optional.empty(),
                members,
                outlived,
                Set.copyOf(CollectionConverters.asJava(reachability.allUnreachableFrom(own))),
                somebodyWaits);
    }

    private static boolean isJoining(Member member) {
        return member.status().equals(MemberStatus.joining());
    }

    // This process knows that it is the one that lives.
    private static Member youngest(List<Member> processes, UniqueAddress own) {
        return processes.stream()
                .max(
                        Comparator.comparing((Member each) -> each.uniqueAddress().equals(own))
                                .thenComparingInt(Member::upNumber)
                                .thenComparing(each -> name(each.uniqueAddress())))
                .orElseThrow();
    }

    private static Membership membership(
            NodeId self, Map<NodeId, Seen> members, Reachability reachability) {
        Map<NodeId, Part> parts = new HashMap<>();
        Map<UniqueAddress, NodeId> nodes = new HashMap<>();
        members.forEach(
                (node, seen) -> {
                    parts.put(node, seen.part());
                    nodes.put(seen.process(), node);
                });
        Set<Blind> blind = new HashSet<>();
        CollectionConverters.asJava(reachability.observersGroupedByUnreachable())
                .forEach(
                        (subject, observers) ->
                                CollectionConverters.asJava(observers)
                                        .forEach(
                                                observer -> {
                                                    NodeId from = nodes.get(observer);
                                                    NodeId to = nodes.get(subject);
                                                    if (from != null && to != null) {
                                                        blind.add(new Blind(from, to));
                                                    }
                                                }));
        return new Membership(self, parts, blind);
    }
}
