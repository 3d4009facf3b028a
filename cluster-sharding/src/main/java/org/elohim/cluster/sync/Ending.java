package org.elohim.cluster.sync;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Waits until some sessions have ended, or do nothing more for a device.
///
/// Invariants: one that has stopped meanwhile counts as ended.
final class Ending extends AbstractBehavior<Ending.Command> {
    // Whoever has ordered it does not wait so long, and orders it once more.
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /// What is heard.
    sealed interface Command {
        /// Of one of the sessions.
        record Heard(ActorRef<PeerSync.Command> session) implements Command {}

        /// Of nobody.
        record Silence() implements Command {}
    }

    private final Set<ActorRef<PeerSync.Command>> open;
    private final ActorRef<Peers.Closed> done;

    private Ending(
            ActorContext<Command> context,
            List<ActorRef<PeerSync.Command>> sessions,
            String reason,
            ActorRef<Peers.Closed> done) {
        super(context);
        this.open = new HashSet<>(sessions);
        this.done = done;
        context.setReceiveTimeout(PATIENCE, new Command.Silence());
        for (ActorRef<PeerSync.Command> session : sessions) {
            ActorRef<PeerSync.Ended> answer =
                    context.spawnAnonymous(
                            Behaviors.receiveMessage(
                                    _ -> {
                                        context.getSelf().tell(new Command.Heard(session));
                                        return Behaviors.stopped();
                                    }));
            context.watchWith(session, new Command.Heard(session));
            session.tell(new PeerSync.Command.EndDevice(reason, answer));
        }
    }

    static Behavior<Command> of(
            List<ActorRef<PeerSync.Command>> sessions, String reason, ActorRef<Peers.Closed> done) {
        return Behaviors.setup(context -> new Ending(context, sessions, reason, done));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessage(Command.class, this::receive).build();
    }

    private Behavior<Command> receive(Command command) {
        return switch (command) {
            case Command.Silence() -> Behaviors.stopped();
            case Command.Heard(var session) -> {
                open.remove(session);
                if (!open.isEmpty()) {
                    yield this;
                }
                done.tell(new Peers.Closed());
                yield Behaviors.stopped();
            }
        };
    }
}
