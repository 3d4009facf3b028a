package org.elohim.cluster.document;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.pattern.StatusReply;

import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;
import org.elohim.protocol.sync.Limit;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Finds the actor of a document, and starts it where it sleeps.
///
/// Invariants: one actor per document at a time; no more than the limit are awake, those beyond it
/// that were asked longest ago go to sleep; nothing that is said to a document gets lost on that
/// way. What cannot be read is answered so, and holds up nobody.
public final class Documents extends AbstractBehavior<Documents.Command> {
    /// Awake at the same time: at a few kilobytes for a usual one, small beside the heap.
    public static final int AWAKE_MAX = 1_000;

    /// What can be asked.
    public sealed interface Command {
        record Tell(DocumentId document, Document.Command command) implements Command {}

        record Stopped(DocumentId document) implements Command {}

        /// Read from the journal.
        record Awoken(DocumentId document) implements Command {}

        /// Its journal is damaged.
        record Unreadable(DocumentId document, String reason) implements Command {}
    }

    private final CostLimits limits;
    private final InstantSource clock;
    private final int awakeMax;
    private final Consumer<DocumentId> onUnreadable;
    private final BooleanSupplier takesWrites;
    // In the order of the last use.
    private final Map<DocumentId, ActorRef<Document.Command>> awake =
            new LinkedHashMap<>(16, 0.75f, true);
    // What is said to those that are on their way to sleep; they start again with it.
    private final Map<DocumentId, List<Document.Command>> stopping = new HashMap<>();
    // What is said to those that are still read from the journal: it may turn out unreadable.
    private final Map<DocumentId, Waking> waking = new HashMap<>();
    // Until the node starts again, with another journal perhaps.
    private final Map<DocumentId, String> unreadable = new HashMap<>();

    private record Waking(ActorRef<Document.Command> document, List<Document.Command> held) {}

    private Documents(
            ActorContext<Command> context,
            CostLimits limits,
            InstantSource clock,
            int awakeMax,
            BooleanSupplier takesWrites,
            Consumer<DocumentId> onUnreadable) {
        super(context);
        this.limits = limits;
        this.clock = clock;
        this.awakeMax = awakeMax;
        this.onUnreadable = onUnreadable;
        this.takesWrites = takesWrites;
    }

    /// All documents of a node.
    ///
    /// @param takesWrites whether the disk took what was last to be written
    /// @param onUnreadable hears of each document that turns out so, before anybody is answered
    public static Behavior<Command> create(
            CostLimits limits,
            InstantSource clock,
            int awakeMax,
            BooleanSupplier takesWrites,
            Consumer<DocumentId> onUnreadable) {
        return Behaviors.setup(
                context ->
                        new Documents(context, limits, clock, awakeMax, takesWrites, onUnreadable));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.Tell.class, this::tell)
                .onMessage(Command.Stopped.class, this::stopped)
                .onMessage(Command.Awoken.class, this::awoken)
                .onMessage(Command.Unreadable.class, this::unreadable)
                .build();
    }

    private Behavior<Command> tell(Command.Tell tell) {
        String reason = unreadable.get(tell.document());
        if (reason != null) {
            refuse(tell.document(), tell.command(), reason);
            return this;
        }
        List<Document.Command> held = stopping.get(tell.document());
        if (held != null) {
            held.add(tell.command());
            return this;
        }
        ActorRef<Document.Command> document = awake.get(tell.document());
        if (document == null) {
            document = start(tell.document());
        }
        say(tell.document(), document, tell.command());
        return this;
    }

    private void say(DocumentId id, ActorRef<Document.Command> document, Document.Command command) {
        Waking yet = waking.get(id);
        if (yet == null) {
            document.tell(command);
        } else {
            yet.held().add(command);
        }
    }

    private ActorRef<Document.Command> start(DocumentId id) {
        ActorRef<Document.Command> document =
                getContext()
                        .spawn(
                                Document.create(
                                        id, limits, clock, takesWrites, getContext().getSelf()),
                                id.toString());
        getContext().watchWith(document, new Command.Stopped(id));
        awake.put(id, document);
        waking.put(id, new Waking(document, new ArrayList<>()));
        if (awake.size() > awakeMax) {
            var oldest = awake.entrySet().iterator().next();
            stopping.put(oldest.getKey(), new ArrayList<>());
            say(oldest.getKey(), oldest.getValue(), new Document.Command.Passivate());
            awake.remove(oldest.getKey());
        }
        return document;
    }

    private Behavior<Command> awoken(Command.Awoken awoken) {
        Waking yet = waking.remove(awoken.document());
        if (yet != null) {
            yet.held().forEach(yet.document()::tell);
        }
        return this;
    }

    private Behavior<Command> unreadable(Command.Unreadable found) {
        DocumentId id = found.document();
        String reason =
                "document %s cannot be read here: %s. Restore the node's data directory from a backup, and start it again."
                        .formatted(id, found.reason());
        onUnreadable.accept(id);
        // Akka says so twice where it is an event that does not follow.
        if (unreadable.putIfAbsent(id, reason) == null) {
            getContext().getLog().error("{}", reason);
        }
        Waking yet = waking.remove(id);
        if (yet != null) {
            // It would try again, later and later.
            getContext().stop(yet.document());
            yet.held().forEach(command -> refuse(id, command, reason));
        }
        List<Document.Command> held = stopping.remove(id);
        if (held != null) {
            held.forEach(command -> refuse(id, command, reason));
        }
        return this;
    }

    private static void refuse(DocumentId id, Document.Command command, String reason) {
        switch (command) {
            case Document.Command.Accept accept ->
                    accept.replyTo()
                            .tell(
                                    StatusReply.success(
                                            Acceptance.refusing(accept, Limit.UNREADABLE, reason)));
            case Document.Command.ChangeReach(var _, var replyTo) -> refuse(replyTo, reason);
            case Document.Command.Delete(var replyTo) -> refuse(replyTo, reason);
            case Document.Command.Restore(var replyTo) -> refuse(replyTo, reason);
            case Document.Command.TakeLife told -> refuse(told.replyTo(), reason);
            case Document.Command.TakeRuling told -> refuse(told.replyTo(), reason);
            case Document.Command.Describe(var replyTo) -> refuse(replyTo, reason);
            case Document.Command.Locate locate -> locate.replyTo().tell(List.of());
            case Document.Command.Converse said ->
                    said.client().tell(new Conversations.Said.Absent(id));
            case Document.Command.EndConversation _, Document.Command.Passivate() -> {}
        }
    }

    private static void refuse(ActorRef<StatusReply<Document.Description>> replyTo, String reason) {
        replyTo.tell(
                StatusReply.error(
                        new DocumentRefusal(DocumentRefusal.Obstacle.UNREADABLE, reason)));
    }

    private Behavior<Command> stopped(Command.Stopped stopped) {
        awake.remove(stopped.document());
        waking.remove(stopped.document());
        List<Document.Command> held = stopping.remove(stopped.document());
        if (held != null && !held.isEmpty()) {
            ActorRef<Document.Command> document = start(stopped.document());
            held.forEach(command -> say(stopped.document(), document, command));
        }
        return this;
    }
}
