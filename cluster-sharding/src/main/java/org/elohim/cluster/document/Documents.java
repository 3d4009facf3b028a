package org.elohim.cluster.document;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;

import org.elohim.protocol.change.CostLimits;
import org.elohim.protocol.id.DocumentId;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds the actor of a document, and starts it where it sleeps.
///
/// Invariants: one actor per document at a time; no more than the limit are awake, those beyond it
/// that were asked longest ago go to sleep; nothing that is said to a document gets lost on that
/// way.
public final class Documents extends AbstractBehavior<Documents.Command> {
    /// Awake at the same time: at a few kilobytes for a usual one, small beside the heap.
    public static final int AWAKE_MAX = 1_000;

    /// What can be asked.
    public sealed interface Command {
        record Tell(DocumentId document, Document.Command command) implements Command {}

        record Stopped(DocumentId document) implements Command {}
    }

    private final CostLimits limits;
    private final InstantSource clock;
    private final int awakeMax;
    // In the order of the last use.
    private final Map<DocumentId, ActorRef<Document.Command>> awake =
            new LinkedHashMap<>(16, 0.75f, true);
    // What is said to those that are on their way to sleep; they start again with it.
    private final Map<DocumentId, List<Document.Command>> stopping = new HashMap<>();

    private Documents(
            ActorContext<Command> context, CostLimits limits, InstantSource clock, int awakeMax) {
        super(context);
        this.limits = limits;
        this.clock = clock;
        this.awakeMax = awakeMax;
    }

    public static Behavior<Command> create(CostLimits limits, InstantSource clock, int awakeMax) {
        return Behaviors.setup(context -> new Documents(context, limits, clock, awakeMax));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Command.Tell.class, this::tell)
                .onMessage(Command.Stopped.class, this::stopped)
                .build();
    }

    private Behavior<Command> tell(Command.Tell tell) {
        List<Document.Command> held = stopping.get(tell.document());
        if (held != null) {
            held.add(tell.command());
            return this;
        }
        ActorRef<Document.Command> document = awake.get(tell.document());
        if (document == null) {
            document = start(tell.document());
        }
        document.tell(tell.command());
        return this;
    }

    private ActorRef<Document.Command> start(DocumentId id) {
        ActorRef<Document.Command> document =
                getContext().spawn(Document.create(id, limits, clock), id.toString());
        getContext().watchWith(document, new Command.Stopped(id));
        awake.put(id, document);
        if (awake.size() > awakeMax) {
            var oldest = awake.entrySet().iterator().next();
            stopping.put(oldest.getKey(), new ArrayList<>());
            oldest.getValue().tell(new Document.Command.Passivate());
            awake.remove(oldest.getKey());
        }
        return document;
    }

    private Behavior<Command> stopped(Command.Stopped stopped) {
        awake.remove(stopped.document());
        List<Document.Command> held = stopping.remove(stopped.document());
        if (held != null && !held.isEmpty()) {
            ActorRef<Document.Command> document = start(stopped.document());
            held.forEach(document::tell);
        }
        return this;
    }
}
