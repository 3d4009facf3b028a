package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import org.elohim.cluster.document.ChangeBytes;
import org.elohim.cluster.document.Documents;
import org.elohim.cluster.journal.JournalReader;
import org.elohim.protocol.access.Part;
import org.elohim.protocol.id.NodeId;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Finds the relationship with a peer, and starts it where it sleeps.
///
/// Invariants: one actor per peer at a time; nothing that is said to it gets lost on that way.
public final class Peers extends AbstractBehavior<Peers.Command> {
    /// What all relationships of a node share.
    ///
    /// @param copies what the family's other nodes hold of what lies here
    /// @param elsewhere where a document may be that is not here yet
    /// @param intake whether devices may come
    /// @param persistMillis how often their positions are journaled
    /// @param part all that this node takes of its family's documents, where it is an observer
    /// @param takesEdits whether devices may write here
    public record Node(
            NodeId id,
            ActorRef<Documents.Command> documents,
            DocumentIndex index,
            SyncHub hub,
            JournalReader journal,
            ChangeBytes bytes,
            SyncCounters counters,
            Signatures signatures,
            Copies copies,
            Elsewhere elsewhere,
            Intake intake,
            long persistMillis,
            List<Part> part,
            boolean takesEdits,
            InstantSource clock,
            LongSupplier monotonicMillis,
            LongSupplier random) {
        public Node {
            part = List.copyOf(part);
        }
    }

    /// What can be said.
    public sealed interface Command {
        record Tell(NodeId peer, PeerSync.Command command) implements Command {}

        /// Nobody has been connected for a while.
        record Sleepy(NodeId peer) implements Command {}

        record Stopped(NodeId peer) implements Command {}

        /// It does not go to sleep after all: somebody has connected meanwhile.
        record Awake(NodeId peer, ActorRef<PeerSync.Command> session) implements Command {}

        /// No edits are taken any more: the sessions of devices end. Answered once nothing more
        /// will be acknowledged to any of them. Who orders it has closed the intake before.
        record EndDevices(String reason, ActorRef<Closed> done) implements Command {}

        /// Ends all relationships with their positions written down; nobody is let in any more.
        record CloseAll(String reason, ActorRef<Closed> done) implements Command {}
    }

    /// All have ended.
    public record Closed() {}

    private final Node node;
    private final Map<NodeId, ActorRef<PeerSync.Command>> awake = new HashMap<>();
    private final Map<NodeId, List<PeerSync.Command>> stopping = new HashMap<>();
    private Optional<Command.CloseAll> closing = Optional.empty();

    private Peers(ActorContext<Command> context, Node node) {
        super(context);
        this.node = node;
    }

    public static Behavior<Command> create(Node node) {
        return Behaviors.setup(context -> new Peers(context, node));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.Tell.class, this::tell)
                .onMessage(Command.Sleepy.class, this::sleepy)
                .onMessage(Command.Stopped.class, this::stopped)
                .onMessage(Command.Awake.class, this::awake)
                .onMessage(Command.CloseAll.class, this::closeAll)
                .onMessage(Command.EndDevices.class, this::endDevices)
                .build();
    }

    private Behavior<Command> tell(Command.Tell tell) {
        if (closing.isPresent()) {
            if (tell.command() instanceof PeerSync.Command.Connect connect) {
                connect.carrier().close(closing.get().reason());
            }
            return this;
        }
        List<PeerSync.Command> held = stopping.get(tell.peer());
        if (held == null) {
            awake.computeIfAbsent(tell.peer(), this::start).tell(tell.command());
        } else {
            held.add(tell.command());
        }
        return this;
    }

    private ActorRef<PeerSync.Command> start(NodeId peer) {
        var session =
                getContext()
                        .spawn(
                                PeerSync.create(node, peer, getContext().getSelf()),
                                peer.toString());
        getContext().watchWith(session, new Command.Stopped(peer));
        return session;
    }

    private Behavior<Command> sleepy(Command.Sleepy sleepy) {
        ActorRef<PeerSync.Command> session = awake.remove(sleepy.peer());
        if (session != null) {
            stopping.put(sleepy.peer(), new ArrayList<>());
            session.tell(new PeerSync.Command.Sleep());
        }
        return this;
    }

    private Behavior<Command> awake(Command.Awake order) {
        List<PeerSync.Command> held = stopping.remove(order.peer());
        if (held == null) {
            return this;
        }
        awake.put(order.peer(), order.session());
        closing.ifPresentOrElse(
                close -> order.session().tell(new PeerSync.Command.Stop(close.reason())),
                () -> held.forEach(order.session()::tell));
        return this;
    }

    private Behavior<Command> closeAll(Command.CloseAll close) {
        closing = Optional.of(close);
        awake.values().forEach(session -> session.tell(new PeerSync.Command.Stop(close.reason())));
        return closed();
    }

    private Behavior<Command> endDevices(Command.EndDevices order) {
        var sessions = List.copyOf(awake.values());
        if (sessions.isEmpty()) {
            order.done().tell(new Closed());
            return this;
        }
        getContext().spawnAnonymous(Ending.of(sessions, order.reason(), order.done()));
        return this;
    }

    private Behavior<Command> closed() {
        closing.filter(_ -> awake.isEmpty() && stopping.isEmpty())
                .ifPresent(close -> close.done().tell(new Closed()));
        return this;
    }

    private Behavior<Command> stopped(Command.Stopped stopped) {
        awake.remove(stopped.peer());
        List<PeerSync.Command> held = stopping.remove(stopped.peer());
        if (closing.isPresent()) {
            return closed();
        }
        if (held != null && !held.isEmpty()) {
            ActorRef<PeerSync.Command> session = start(stopped.peer());
            awake.put(stopped.peer(), session);
            held.forEach(session::tell);
        }
        return this;
    }
}
